import { expect, it } from "vitest";
import { findServerWords } from "./server-words.ts";

it("finds server code in a browser bundle", () => {
  expect(findServerWords('var a=require("undici"),b="/var/run/secrets/kubernetes.io"')).toEqual(["/var/run/secrets/", "undici"]);
});

it("leaves text for people alone", () => {
  expect(findServerWords("Set KUBECONFIG, then run kubectl get pods")).toEqual([]);
});
