import { describe, expect, it } from "vitest";
import { mergeConfigs, readConfig } from "./read-config.ts";
import { managerConfigSchema } from "./schema.ts";
import { processorMs } from "../testing/processor-time.ts";

const SECRET = "glrt-Sup3rS3cretValue";

const FULL = `
concurrent = 1_0  # slots
check_interval = 3
listen_address = ':9252'
log_level = "info"
[session_server]
  listen_address = "0.0.0.0:8093"
[[runners]]
  name = "k8s \\"a\\""
  url = "https://gitlab.example/prefix"
  token = "${SECRET}"
  limit = 4
  request_concurrency = 2
  executor = "kubernetes"
  environment = ["A=${SECRET}", "B=]"]
  pre_build_script = """
concurrent = 99
token = "${SECRET}"
"""
  [runners.custom_build_dir]
  [runners.cache]
    Type = "s3"
    [runners.cache.s3]
      SecretKey = "${SECRET}"
      limit = 7
  [runners.kubernetes]
    namespace = "ci"
    privileged = true
    cpu_limit = "2"
    memory_limit = "2Gi"
    helper_cpu_request = "100m"
    memory_limit_overwrite_max_allowed = "8Gi"
    namespace_overwrite_allowed = "^ci-.*"
    bearer_token = '${SECRET}'
    bearer_token_overwrite_allowed = false
    poll_timeout = 600
    pod_termination_grace_period_seconds = 20
    node_tolerations = { "a=b" = "NoSchedule" }
    [runners.kubernetes.pod_labels]
      namespace = "not this one"
    [[runners.kubernetes.volumes.empty_dir]]
      name = "docker"
[[runners]]
  name = "second"
  kubernetes.namespace = "other"
`;

describe("config.toml", () => {
  it("keeps what bounds the fleet, each in its own table", () => {
    const config = readConfig(FULL);
    expect(config).toMatchObject({ concurrent: 10, checkInterval: 3, listenAddress: ":9252", unreadable: 0 });
    expect(config.runners).toHaveLength(2);
    expect(config.runners[0]).toEqual({
      name: 'k8s "a"',
      url: "https://gitlab.example/prefix",
      executor: "kubernetes",
      limit: 4,
      requestConcurrency: 2,
      kubernetes: {
        namespace: "ci",
        namespacePerJob: null,
        pollInterval: null,
        pollTimeout: 600,
        terminationGrace: 20,
        cleanupGrace: null,
        privileged: true,
        priorityClassName: null,
        resources: { cpu_limit: "2", memory_limit: "2Gi", helper_cpu_request: "100m" },
        overwriteMax: { memory_limit: "8Gi" },
        overwriteAllowed: { namespace: "^ci-.*", bearer_token: "false" },
      },
    });
    expect(config.runners[1]).toMatchObject({ name: "second", limit: null, kubernetes: { namespace: "other" } });
    expect(managerConfigSchema.parse(structuredClone(config))).toEqual(config);
  });

  it("no secret survives, in whatever form it was written", () => {
    const forms = [
      FULL,
      `[[runners]]\n"token" = "${SECRET}"\nname = "${SECRET}"\n`,
      `[[runners]]\nurl = "https://u:${SECRET}@h/"\n`,
      `[[runners]]\ntoken = """${SECRET}`,
      `[[runners]]\nname = "a" token = "${SECRET}"\n`,
    ];
    for (const form of forms) expect(JSON.stringify(readConfig(form))).not.toContain("Sup3rS3cret");
  });

  it("the chart's two files together", () => {
    const merged = mergeConfigs(readConfig("concurrent = 10\nlisten_address = ':9252'\n"), readConfig("[[runners]]\n  limit = 3\n"));
    expect(merged).toMatchObject({ concurrent: 10, runners: [{ limit: 3 }] });
  });

  it("what it cannot read costs its line only, a table's head its table", () => {
    const config = readConfig(
      "concurrent = \n= 3\ncheck_interval = 5\nlisten_address = {{ .Values.x }}\nshutdown_timeout = 30 # ok\n[broken\nconcurrent = 7\n",
    );
    expect(config).toMatchObject({ concurrent: null, checkInterval: 5, shutdownTimeout: 30 });
    expect(config.unreadable).toBeGreaterThanOrEqual(3);
  });

  it("whatever the lines around it are, no value of a key that is not asked for is kept", () => {
    // Not of a form that is scrubbed anywhere: only the list of keys keeps it out.
    const secret = "Sup3rS3cretValue";
    const pieces = [
      "concurrent = 10\n",
      "[[runners]]\n",
      `token = "${secret}"\n`,
      `  token = '''${secret}'''\n`,
      `"token" = "${secret}"\n`,
      `environment = ["A=${secret}", "B=]"]\n`,
      `environment = [\n  "A=${secret}", # [\n]\n`,
      `pre_build_script = """\nexport A=${secret}\n"""\n`,
      "[runners.kubernetes]\n",
      `bearer_token = "${secret}"\n`,
      `image_pull_secrets = ["${secret}"]\n`,
      `node_selector = { "a" = "${secret}" }\n`,
      `[runners.kubernetes.pod_labels]\nnamespace = "${secret}"\n`,
      `[runners.cache.s3]\nSecretKey = "${secret}"\nname = "${secret}"\n`,
      `# ${secret}\n`,
      'name = "',
      'name = """\n',
      "namespace = '''\n",
      '"""\n',
      "'''\n",
      'cpu_limit = "2"\n',
      "[broken\n",
      "limit = ",
    ];
    const first = Number(process.env["RUNNERSCOPE_TEST_SEED"] ?? Date.now() % 2 ** 31);
    let state = first;
    const draw = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (state >>> 8) % below;
    };
    for (let round = 0; round < 3_000; round++) {
      const text = Array.from({ length: 1 + draw(14) }, () => pieces[draw(pieces.length)]).join("");
      const kept = JSON.stringify(readConfig(text));
      expect(kept.includes(secret), `seed ${first}, round ${round}: ${JSON.stringify(text)}`).toBe(false);
    }
  });

  it("a name of several lines is none: what follows an open quote may be anything", () => {
    expect(readConfig(`[[runners]]\nname = """a\ntoken = 'Sup3rS3cretValue'\n"""\nlimit = 3\n`).runners).toMatchObject([
      { name: null, limit: 3 },
    ]);
  });

  it("ends on any text", async () => {
    const units = ['"""', "'''", "[", "[[", "{", '"', "a=", "\\", "#", "=\n", 'a="""\n', "a=[\n"];
    expect(await processorMs(() => units.forEach((unit) => readConfig(unit.repeat(3_000))))).toBeLessThan(9_000);
    expect(readConfig("x".repeat(2 * 1024 * 1024)).unreadable).toBe(1);
  });
});
