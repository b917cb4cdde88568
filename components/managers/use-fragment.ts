"use client";

import { useEffect, useState } from "react";

/**
 * The address's fragment, without `#`; empty on the server and where there is none. `:target` does not see it after a link within the page's own
 * router, which changes the address by `pushState` (HTML Standard, "URL and history update steps").
 */
export function useFragment(): string {
  const [fragment, setFragment] = useState("");
  useEffect(() => {
    const read = () => setFragment(decode(window.location.hash.slice(1)));
    read();
    for (const event of ["hashchange", "popstate"]) window.addEventListener(event, read);
    return () => {
      for (const event of ["hashchange", "popstate"]) window.removeEventListener(event, read);
    };
  }, []);
  return fragment;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
