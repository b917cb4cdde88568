import { readFileSync } from "node:fs";
import { z } from "zod";
import { isHostPattern } from "../base/host-names.ts";

// What the values of variables look like: texts to what they mean. A message never quotes more of a value than a name.

const namesIn = (text: string) => text.split(",").map((name) => name.trim());

export const list = z.string().transform((text, context) => {
  const names = namesIn(text);
  if (names.some((name) => name === "")) context.addIssue("has an empty name in its list");
  return names;
});
export const whole = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d+$/, "is not a whole number")
    .transform(Number)
    .refine((value) => value >= from && value <= to, `is not between ${from} and ${to}`);
export const host = z.string().regex(/^[A-Za-z0-9.:_-]+$/, "is not a host name or an address");
export const namespace = z.string().transform((text, context) => {
  const names = namesIn(text);
  // RFC 1123 label, which is what Kubernetes allows.
  for (const name of names)
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) context.addIssue(`holds "${name.slice(0, 40)}", which is not a namespace name`);
  return names;
});

export const hostList = list.refine((names) => names.every(isHostPattern), "holds what is no host name (without scheme and port)");

export const logSources = z.string().transform((text, context) => {
  const names = namesIn(text);
  for (const name of names)
    if (!["off", "gitlab", "pods"].includes(name)) context.addIssue(`holds "${name.slice(0, 40)}", which is none of off, gitlab, pods`);
  if (names.includes("off") && names.length > 1) context.addIssue("says off and more");
  return { gitlab: names.includes("gitlab"), pods: names.includes("pods") };
});

export const pemFile = z.string().transform((file, context) => {
  try {
    return readFileSync(file);
  } catch (error) {
    context.addIssue(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
    return z.NEVER;
  }
});

/** RFC 1123: a label for the namespace, a subdomain for the object. */
const OBJECT = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

/** `on`, `off`, or the objects that are managers although nothing on them says so. */
export const managerNames = z.string().transform((text, context) => {
  if (text === "on" || text === "off") return { on: text === "on", names: [] };
  const names = namesIn(text);
  if (names.some((name) => !OBJECT.test(name))) context.addIssue("is neither on, nor off, nor a list of namespace/name");
  return { on: true, names };
});

export const leaseName = z
  .string()
  .regex(OBJECT, "is not namespace/name")
  .transform((text) => {
    const [space = "", name = ""] = text.split("/");
    return { namespace: space, name };
  });
