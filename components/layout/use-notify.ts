"use client";

import { useSyncExternalStore } from "react";

const KEY = "runnerscope-notify";
const listeners = new Set<() => void>();

/** `off` by choice or by default; `blocked`: the browser refuses; `none`: this browser, or this address without TLS, has no notifications. */
type NotifyState = "on" | "off" | "blocked" | "none";

function read(): NotifyState {
  if (typeof Notification === "undefined") return "none";
  if (Notification.permission === "denied") return "blocked";
  return localStorage.getItem(KEY) === "on" && Notification.permission === "granted" ? "on" : "off";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether a new worst problem is told by the desktop. The browser is asked for the right only when somebody switches it on. */
export function useNotify(): { state: NotifyState; on: boolean; set: (on: boolean) => Promise<void> } {
  const state = useSyncExternalStore(subscribe, read, () => "off" as const);
  return { state, on: state === "on", set };
}

async function set(on: boolean): Promise<void> {
  localStorage.setItem(KEY, on ? "on" : "off");
  if (on && typeof Notification !== "undefined" && Notification.permission === "default") await Notification.requestPermission();
  for (const listener of listeners) listener();
}
