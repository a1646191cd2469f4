/**
 * Every server that answers questions: control sockets, metrics, the page. They open and close together.
 * The doors themselves are in control/.
 */

import type { DoorView } from "../../control/records/door-counts.ts";
import type { HttpServer } from "../../control/sockets/http-server.ts";
import type { Look } from "../../control/look.ts";
import { metricsServer } from "../../control/metrics/server.ts";
import { ControlServer, type Ordered } from "../../control/sockets/server.ts";
import { TurnQueue } from "../../control/sockets/turn-queue.ts";
import { webServer } from "../../control/web/server.ts";
import type { ControlSettings } from "../config/config.ts";
import { controlSockets } from "../config/control-sockets.ts";
import type { DaemonFact } from "../facts.ts";

export interface ControlServersPorts {
  look(): Look;
  report(fact: DaemonFact): void;
}

interface Door {
  readonly server: ControlServer | HttpServer;
  /** That it is open. */
  readonly fact: DaemonFact;
}

export class ControlServers {
  readonly #doors: readonly Door[];
  readonly #report: ControlServersPorts["report"];

  constructor(settings: ControlSettings, { look, report }: ControlServersPorts) {
    const ports = {
      look,
      failed: (error: unknown) => report({ kind: "control-failed", error }),
      ordered: (order: Ordered) => report({ kind: "ordered", ...order }),
      turnQueue: new TurnQueue(),
    };
    const { metrics, web } = settings;
    this.#report = report;
    this.#doors = [
      ...controlSockets(settings).map(({ path, dialect, access }): Door => ({ server: new ControlServer(path, dialect, ports, access), fact: { kind: "control-open", socket: path } })),
      ...(metrics ? [{ server: metricsServer(metrics, ports), fact: { kind: "metrics-open", endpoint: metrics } } as const] : []),
      ...(web ? [{ server: webServer(web, ports), fact: { kind: "web-open", endpoint: web } } as const] : []),
    ];
  }

  get doors(): readonly DoorView[] {
    return this.#doors.map(({ server }) => server);
  }

  /** Throws StartError. */
  async open(): Promise<void> {
    for (const { server, fact } of this.#doors) {
      await server.open();
      this.#report(fact);
    }
  }

  async close(): Promise<void> {
    for (const { server } of this.#doors) await server.close();
  }
}
