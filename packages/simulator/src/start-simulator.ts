import fastify, { type FastifyInstance } from "fastify";
import { parseConfig, parseConfigChange, parseScriptedFault } from "./config-schema.ts";
import { DEFAULT_CONFIG, mergeConfig, type CompleteConfig, type SimulatorConfig } from "./config.ts";
import { Delays } from "./delays.ts";
import { addAssociationRoutes } from "./routes/association-routes.ts";
import { addControlRoutes } from "./routes/control-routes.ts";
import { addTokenRoute } from "./routes/token-route.ts";
import { addUnknownRoute } from "./routes/unknown-route.ts";
import type { Simulator, SimulatorState } from "./simulator.ts";
import { Watchers } from "./watchers.ts";
import { World } from "./world.ts";

/** Source: "API Signing Guide": the gateway takes bodies up to 12 MB. */
const MAX_BODY_BYTES = 12 * 1024 * 1024;
const DEFAULT_WAIT_MS = 30_000;

/**
 * Starts a simulator and resolves when it accepts requests.
 *
 * @param options.now The clock, in ms since the epoch; for tests of what depends on the time of day.
 * @throws {SimulatorConfigError} (rejects) naming every setting that is wrong.
 */
export async function startSimulator(
  config: SimulatorConfig = {},
  options: { now?: () => number } = {},
): Promise<Simulator> {
  const complete = mergeConfig(DEFAULT_CONFIG, parseConfig(config));
  const app = createApp();
  const running = new RunningSimulator(complete, options.now ?? Date.now, app);
  await running.listen();
  return running;
}

function createApp(): FastifyInstance {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    logger: false,
    // Tickets that are far too long have to reach the parameter check.
    routerOptions: { maxParamLength: 8_192 },
  });
  // Signatures are over the bytes, so these are what the routes get. The API's document knows no other body than JSON,
  // and says nothing about a wrong content type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
  return app;
}

class RunningSimulator implements Simulator {
  url = "";
  port = 0;
  readonly now: () => number;
  readonly delays = new Delays();
  readonly #app: FastifyInstance;
  readonly #watchers: Watchers<SimulatorState>;
  readonly #onChange: () => void;
  #world: World;

  constructor(config: CompleteConfig, now: () => number, app: FastifyInstance) {
    this.now = now;
    this.#app = app;
    this.#watchers = new Watchers(() => ({
      counts: this.#world.journal.liveCounts,
      tickets: this.#world.associations.live,
    }));
    this.#onChange = () => {
      this.#watchers.check();
    };
    this.#world = new World(config, this.#onChange);
    addAssociationRoutes(app, this);
    addTokenRoute(app, this);
    addControlRoutes(app, this);
    addUnknownRoute(app, this);
  }

  get world(): World {
    return this.#world;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#world.config;
    this.url = await this.#app.listen({ host, port });
    this.port = Number(new URL(this.url).port);
  }

  tickets(): Map<string, string[]> {
    return this.#world.associations.snapshot();
  }

  journal(): ReturnType<Simulator["journal"]> {
    return this.#world.journal.entries();
  }

  counts(): ReturnType<Simulator["counts"]> {
    return structuredClone(this.#world.journal.liveCounts);
  }

  violations(): ReturnType<Simulator["violations"]> {
    return this.#world.journal.violations();
  }

  configure(changes: SimulatorConfig): void {
    const parsed = parseConfigChange(changes);
    this.#world.adopt(mergeConfig(this.#world.config, parsed), parsed, this.now());
  }

  failNext(fault: Parameters<Simulator["failNext"]>[0]): void {
    this.#world.faultPlan.script(parseScriptedFault(fault));
  }

  pendingFaults(): ReturnType<Simulator["pendingFaults"]> {
    return this.#world.faultPlan.pending();
  }

  expireTokens(): void {
    this.#world.issuer.expireAll();
  }

  reset(changes: SimulatorConfig = {}): void {
    this.#world = new World(mergeConfig(this.#world.config, parseConfigChange(changes)), this.#onChange);
    this.#watchers.check();
  }

  async waitFor(holds: (state: SimulatorState) => boolean, options: { timeoutMs?: number } = {}): Promise<void> {
    const describe = (): string => `counts are ${JSON.stringify(this.#world.journal.liveCounts)}`;
    await this.#watchers.waitFor(holds, options.timeoutMs ?? DEFAULT_WAIT_MS, describe);
  }

  async close(): Promise<void> {
    this.delays.dropAll();
    this.#watchers.rejectAll(new Error("the simulator was closed"));
    // Connections that arrive while the server is closing are refused by it.
    await this.#app.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
