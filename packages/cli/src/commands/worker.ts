import { runWorker } from "@caselink/worker";
import { useEngine } from "../engine/engine.ts";
import { openEngine } from "../engine/open-engine.ts";
import { exitStatus, type ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";
import { aborted, watchInterrupts } from "../run/interrupts.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";

/** Runs a worker in the foreground: for the configured cluster, else on the local Temporal. */
export async function worker(settings: Settings, output: Output): Promise<ExitStatus> {
  const interrupts = watchInterrupts();
  try {
    if (!settings.isLocal) {
      await runWorker(settings.env, interrupts.detach, (version) =>
        output.event({ event: "working", ...(version && { deployment: version.name, build_id: version.buildId }) }),
      );
      return exitStatus.succeeded;
    }
    const engine = await openEngine(settings, output);
    return await useEngine(engine, output, async () => {
      output.event({ event: "working" });
      output.note(t`A worker runs on the local Temporal. Ctrl-C ends it after the requests in flight.`);
      await aborted(interrupts.detach);
      return exitStatus.succeeded;
    });
  } finally {
    interrupts.stop();
  }
}
