"use client";

import en from "./i18n/messages/en/layout.json";
import zh from "./i18n/messages/zh-CN/layout.json";

const words = { en: en.error, "zh-CN": zh.error };

/** The shell itself failed: no translation and no style can be relied on, so both languages stand here, plainly. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en" style={{ colorScheme: "light dark" }}>
      <body style={{ margin: "15vh auto", maxWidth: 520, padding: "0 20px", font: "14px/1.6 system-ui, sans-serif" }}>
        <h1 style={{ fontSize: 20 }}>Runnerscope</h1>
        {Object.entries(words).map(([locale, { title, text, again }]) => (
          <section key={locale} lang={locale}>
            <h2 style={{ fontSize: 16 }}>{title}</h2>
            <p>{text}</p>
            <button type="button" onClick={reset}>
              {again}
            </button>
          </section>
        ))}
        {error.digest === undefined ? null : <p>{error.digest}</p>}
      </body>
    </html>
  );
}
