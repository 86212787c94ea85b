import fc from "fast-check";
import { Relay } from "../../src/streams/relay.ts";
import { type FuzzProperty, property } from "./fuzz_property.ts";
import {
  type RelayAction,
  type RelayClass,
  type RelayShape,
  RelayWorld,
} from "./relay_model.ts";

/** In bytes: a word, some pages, and more than a pipe holds. */
const size = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 300, max: 12_000 }),
  fc.integer({ min: 12_000, max: 65_536 }),
);

const shape: fc.Arbitrary<RelayShape> = fc.record({
  narrow: fc.boolean(),
  packets: fc.boolean(),
  spool: fc.option(fc.integer({ min: 4096, max: 100_000 }), {
    nil: undefined,
    freq: 2,
  }),
  brokenSink: fc.constantFrom("void", "gone"),
});

const relay = fc.nat({ max: 2 });

const action: fc.Arbitrary<RelayAction> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("write", "read"),
      relay,
      bytes: size,
    }),
  },
  { weight: 8, arbitrary: fc.constantFrom({ kind: "turn" as const }) },
  { weight: 2, arbitrary: fc.constantFrom({ kind: "late" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("close source", "close sink"),
      relay,
    }),
  },
);

/** Steps in all cases so far. */
export let relaySteps = 0;

/** The property, for the real class or for one with a fault in it. */
export function relayProperty(Class: RelayClass): FuzzProperty {
  return property({
    name: "relays between pipes deliver every byte, each in its turn, and rest",
    cases: 300,
    share: 2,
    arbitraries: [
      fc.array(shape, { minLength: 1, maxLength: 3 }),
      fc.array(action, { maxLength: 60, size: "max" }),
      fc.boolean(),
      fc.boolean(),
    ],
    check: (shapes, actions, restful, patient) => {
      using world = new RelayWorld(shapes, "/tmp", Class);
      for (const action of actions) {
        world.do(action);
        if (restful) world.comeToRest();
        relaySteps++;
      }
      world.comeToRest();
      if (patient) world.waitInVain();
      world.finish();
    },
  });
}

export const relayProperties: readonly FuzzProperty[] = [relayProperty(Relay)];
