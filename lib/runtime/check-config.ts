// Run by the launcher before the server: prints every wrong variable at once and exits with 1.
import { readConfig } from "./config.ts";

const { config, errors } = readConfig(process.env);
if (errors.length > 0) {
  const lines = errors.map(({ variable, message, remedy }) => `  ${variable} ${message}. ${remedy}`);
  process.stderr.write(
    `Runnerscope cannot start, ${errors.length === 1 ? "one variable is" : `${errors.length} variables are`} wrong:\n${lines.join("\n")}\n`,
  );
  process.exit(1);
}
process.stdout.write(JSON.stringify({ host: config.host, port: config.port }));
