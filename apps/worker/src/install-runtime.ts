import { type LogLevel, Runtime } from "@temporalio/worker";
import { ConfigError, type Environment } from "./config.ts";
import { readMetricsConfig } from "./telemetry-config.ts";
import { createWorkerLogger } from "./worker-logger.ts";

const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const satisfies LogLevel[];

/**
 * Sets up Temporal's process-wide runtime, with its logs and metrics. To be called once in a process, before the first
 * connection.
 * @throws {ConfigError}
 */
export function installRuntime(env: Environment, fallback: LogLevel): void {
  const level = env["CASELINK_LOG_LEVEL"]?.toUpperCase() ?? fallback;
  const known = LOG_LEVELS.find((name) => name === level);
  if (!known) throw new ConfigError(`CASELINK_LOG_LEVEL is "${level}"; it takes one of ${LOG_LEVELS.join(", ")}`);
  const metrics = readMetricsConfig(env);
  Runtime.install({
    logger: createWorkerLogger(known, env),
    telemetryOptions: {
      logging: {
        filter: `temporalio_sdk_core=${known === "INFO" ? "WARN" : known},temporalio_client=${known === "INFO" ? "WARN" : known}`,
        forward: {},
      },
      ...(metrics && { metrics }),
    },
    // The caller handles signals.
    shutdownSignals: [],
  });
}
