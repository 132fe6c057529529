// Starts your workflow, and prints its result.
import { Client, Connection } from "@temporalio/client";
import type { linkTickets } from "./workflows.ts";

const [file = "tickets.csv", workflowId = "link-tickets-1"] = process.argv.slice(2);
const connection = await Connection.connect({ address: process.env["TEMPORAL_ADDRESS"] ?? "127.0.0.1:7233" });
const client = new Client({ connection });
console.log(
  await client.workflow.execute<typeof linkTickets>("linkTickets", {
    workflowId,
    taskQueue: "your-tasks",
    args: [file],
  }),
);
await connection.close();
