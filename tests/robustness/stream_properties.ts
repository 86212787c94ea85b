import fc from "fast-check";
import { Stream } from "../../src/streams/stream.ts";
import { type FuzzProperty, property } from "./fuzz_property.ts";
import {
  type Action,
  type Shape,
  type StreamClass,
  World,
} from "./stream_model.ts";

/** In units, which are bytes, or as many as make a stream a busy one. */
const size = fc.integer({ min: 1, max: 40 });
const unit = fc.oneof(
  { weight: 30, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(2_000) },
);

const shape: fc.Arbitrary<Shape> = fc.record({
  sink: size,
  spool: fc.option(size, { nil: undefined }),
  brokenSink: fc.constantFrom("void", "gone"),
  brokenWrite: fc.constantFrom("would block", "hung up", "failed"),
  hungUpRead: fc.constantFrom("would block", "hung up"),
  hold: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  portions: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(Infinity) },
      { weight: 3, arbitrary: size },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    { minLength: 1, maxLength: 8 },
  ).filter((portions) => portions.some((portion) => portion > 0)),
});

const stream = fc.nat({ max: 2 });

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("produce", "consume"),
      stream,
      bytes: size,
    }),
  },
  { weight: 8, arbitrary: fc.constantFrom({ kind: "turn" as const }) },
  { weight: 3, arbitrary: fc.constantFrom({ kind: "late" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "flood",
        "end",
        "hang up",
        "fail",
        "break sink",
        "stop",
      ),
      stream,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("false alarm"), stream }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("let go"),
      stream,
      decision: fc.constantFrom("deliver", "drop"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("refuse"),
      stream,
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

/** Steps of the machine in all cases so far. */
export let steps = 0;

/** The property, for the real class or for one with a fault in it. */
export function streamProperty(Class: StreamClass): FuzzProperty {
  return property({
    name: "streams deliver every byte in order, come to rest, and end",
    cases: 1000,
    share: 6,
    arbitraries: [
      fc.array(shape, { minLength: 1, maxLength: 3 }),
      fc.array(action, { maxLength: 60, size: "max" }),
      unit,
      fc.boolean(),
    ],
    check: (shapes, actions, unit, restful) => {
      const world = new World(shapes, unit, Class);
      for (const action of actions) {
        world.do(action);
        if (restful) world.comeToRest();
        steps++;
      }
      world.comeToRest();
      world.waitInVain();
      world.finish();
    },
  });
}

export const streamProperties: readonly FuzzProperty[] = [
  streamProperty(Stream),
];
