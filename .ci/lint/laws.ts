// oxlint plugin: the laws of the architecture as lint errors. The thinking is in check-import.ts.
import path from "node:path";
import { checkImport, checkPlace, needsServerOnly, type Breach } from "./check-import.ts";

interface Node {
  type: string;
  source?: { value?: unknown } | null;
  importKind?: string;
  exportKind?: string;
  body?: Node[];
  specifiers?: { importKind?: string; type: string }[];
}
interface Context {
  filename: string;
  cwd: string;
  report(finding: { node: Node; message: string }): void;
}

const root = path.resolve(import.meta.dirname, "../..");

function ours(context: Context): string {
  return path
    .relative(process.env["RUNNERSCOPE_LINT_ROOT"] ?? root, context.filename)
    .split(path.sep)
    .join("/");
}

function report(context: Context, node: Node, breach: Breach): void {
  context.report({ node, message: `Law ${breach.law}: ${breach.message}` });
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === "type" || node.exportKind === "type") return true;
  const named = node.specifiers ?? [];
  return named.length > 0 && named.every((specifier) => specifier.importKind === "type");
}

const imports = {
  create(context: Context) {
    const file = ours(context);
    const check = (node: Node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== "string") return;
      const breach = checkImport(file, specifier, isTypeOnly(node));
      if (breach) report(context, node, breach);
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};

const place = {
  create(context: Context) {
    const file = ours(context);
    return {
      Program(node: Node) {
        for (const breach of checkPlace(file)) report(context, node, breach);
        if (!needsServerOnly(file)) return;
        const first = node.body?.[0];
        if (first?.type === "ImportDeclaration" && first.source?.value === "server-only") return;
        report(context, node, {
          law: 6,
          message: 'Files in a server/ folder start with `import "server-only";`. Add it as the first statement.',
        });
      },
    };
  },
};

const pure = {
  create(context: Context) {
    if (!ours(context).startsWith("lib/fleet/") || context.filename.endsWith(".test.ts")) return {};
    const message = (what: string): Breach => ({
      law: 3,
      message: `lib/fleet is pure: no ${what}. Take the time or the value as a parameter.`,
    });
    return {
      MemberExpression(node: Node & { object?: { name?: string }; property?: { name?: string } }) {
        const name = `${node.object?.name}.${node.property?.name}`;
        if (name === "Date.now" || name === "Math.random" || name === "performance.now" || node.object?.name === "process")
          report(context, node, message(name));
      },
      NewExpression(node: Node & { callee?: { name?: string }; arguments?: unknown[] }) {
        if (node.callee?.name === "Date" && node.arguments?.length === 0) report(context, node, message("new Date()"));
      },
    };
  },
};

export default { meta: { name: "runnerscope" }, rules: { imports, place, pure } };
