/**
 * A rule for `deno lint`: of @std nothing is used but what
 * tests/tools/std_facts.json has calls of, so that what takes the place of a
 * module can be held to them.
 */
import FACTS from "../tests/tools/std_facts.json" with { type: "json" };

const RECORDED = Object.keys(FACTS).filter((name) =>
  !["what", "recordedOf", "optionSets"].includes(name)
);
const OPTIONS = new Set([
  "unknown",
  ...Object.values(FACTS.optionSets).flatMap(Object.keys),
]);

const BY_NAME = "Import functions of @std by their names";
const WRITTEN_OUT = "The options of parseArgs() have to be written out";
const RETURNS_FALSE =
  "parseArgs() was recorded with an `unknown` that returns false";

export default {
  name: "std",
  rules: {
    "only-recorded": {
      create(context) {
        /** The names in this file of what is imported from @std. */
        const names = new Map<string, string>();
        const complain = (node: Deno.lint.Node, message: string) =>
          context.report({ node, message });
        const isNamed = (node: Deno.lint.Node, name: string) =>
          node.type === "Identifier" && names.get(node.name) === name;
        return {
          ImportDeclaration(node) {
            if (!isStd(node.source)) return;
            for (const one of node.specifiers) {
              if (one.type !== "ImportSpecifier") complain(one, BY_NAME);
              else if (one.importKind !== "type") {
                const name = "name" in one.imported
                  ? one.imported.name
                  : one.imported.value;
                names.set(one.local.name, name);
                if (!RECORDED.includes(name)) {
                  complain(
                    one,
                    `There is no call of ${name} in std_facts.json`,
                  );
                }
              }
            }
          },
          "ExportNamedDeclaration, ExportAllDeclaration, ImportExpression"(
            node: { source: Deno.lint.Node | null } & Deno.lint.Node,
          ) {
            if (node.source !== null && isStd(node.source)) {
              complain(node, BY_NAME);
            }
          },
          CallExpression(node) {
            if (!isNamed(node.callee, "parseArgs")) return;
            const [, options] = node.arguments;
            if (options?.type !== "ObjectExpression") {
              return complain(node, WRITTEN_OUT);
            }
            for (const option of options.properties) {
              const name = nameOf(option);
              if (!OPTIONS.has(name)) {
                complain(
                  option,
                  `There is no option ${name} in std_facts.json`,
                );
              }
            }
            const unknown = options.properties.find((option) =>
              nameOf(option) === "unknown"
            );
            if (!returnsFalse(unknown)) complain(node, RETURNS_FALSE);
          },
          NewExpression(node) {
            if (isNamed(node.callee, "TextLineStream") && node.arguments[0]) {
              complain(node, "TextLineStream was recorded without options");
            }
          },
        };
      },
    },
  },
} satisfies Deno.lint.Plugin;

function isStd(source: Deno.lint.Node): boolean {
  return source.type === "Literal" &&
    /^(jsr:)?@std\//.test(String(source.value));
}

function nameOf(option: Deno.lint.Node): string {
  return option.type === "Property" && option.key.type === "Identifier" &&
      !option.computed
    ? option.key.name
    : "...";
}

/** Whether an option is a function with `return false` at its end. */
function returnsFalse(option: Deno.lint.Node | undefined): boolean {
  if (option?.type !== "Property") return false;
  const { value } = option;
  if (value.type !== "ArrowFunctionExpression") return false;
  if (value.body.type !== "BlockStatement") return false;
  const last = value.body.body.at(-1);
  return last?.type === "ReturnStatement" &&
    last.argument?.type === "Literal" && last.argument.value === false;
}
