"use client";

import { useTranslations } from "next-intl";
import { CodeBlock } from "@/components/ui/code-block.tsx";
import { Shape } from "@/components/ui/shape.tsx";
import { Logo } from "./logo.tsx";

interface SettingError {
  variable: string;
  message: string;
  remedy: string;
}

/** Stands instead of every page while nothing is watched: no cluster was found, or a setting is wrong. */
export function SetupView({ tried, errors }: { tried?: readonly string[]; errors?: readonly SettingError[] }) {
  return (
    <main className="setup" id="content">
      <p className="brand">
        <Logo />
        <span>Runnerscope</span>
      </p>
      {errors === undefined ? <NoCluster tried={tried ?? []} /> : <WrongSettings errors={errors} />}
    </main>
  );
}

function NoCluster({ tried }: { tried: readonly string[] }) {
  const t = useTranslations("layout.setup");
  const commands = [
    ["own", "KUBECONFIG=~/.kube/config npm start"],
    ["context", "RUNNERSCOPE_CONTEXTS=prod,staging npm start"],
    ["cluster", "npm run cluster"],
  ] as const;
  return (
    <section className="card" aria-labelledby="h-setup">
      <div className="card-head">
        <Shape name="off" tone="unknown" />
        <h1 id="h-setup">{t("title")}</h1>
      </div>
      <div className="card-body">
        <p>{t("text")}</p>
        <h2>{t("tried")}</h2>
        {tried.length === 0 ? <p className="sm muted">{t("nothingTried")}</p> : null}
        <ul className="checklist plain">
          {tried.map((text) => (
            <li key={text} className="foreign">
              {text}
            </li>
          ))}
        </ul>
        <h2>{t("how")}</h2>
        <ul className="steps">
          {commands.map(([what, command]) => (
            <li key={what}>
              <p className="sm muted">{t(what)}</p>
              <CodeBlock text={command} copyLabel={t("copy")} />
            </li>
          ))}
        </ul>
        <p className="sm muted">{t("inCluster")}</p>
        <p className="sm muted">{t("restart")}</p>
      </div>
    </section>
  );
}

function WrongSettings({ errors }: { errors: readonly SettingError[] }) {
  const t = useTranslations("layout.setup");
  return (
    <section className="card" aria-labelledby="h-setup">
      <div className="card-head">
        <Shape name="script-failed" tone="danger" />
        <h1 id="h-setup">{t("configTitle", { count: errors.length })}</h1>
      </div>
      <div className="card-body">
        <p>{t("configText")}</p>
        <ul className="steps">
          {errors.map(({ variable, message, remedy }) => (
            <li key={`${variable} ${message}`}>
              <p className="foreign">
                <code>{variable}</code> {message}
              </p>
              <p className="fix">{remedy}</p>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
