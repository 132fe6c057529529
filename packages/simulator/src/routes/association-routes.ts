import type { FastifyInstance } from "fastify";
import { serve } from "../serve.ts";
import type { SimulatorCore } from "../simulator-core.ts";
import { createAssociations } from "./create-associations.ts";
import { deleteAssociation } from "./delete-association.ts";
import { listAssociations } from "./list-associations.ts";

const PATH = "/v2/servicerequest/cases/:case_id/relations";

export function addAssociationRoutes(app: FastifyInstance, core: SimulatorCore): void {
  app.post(PATH, (request, reply) => {
    serve(core, "create", request, reply, createAssociations);
  });
  app.get(PATH, (request, reply) => {
    serve(core, "list", request, reply, listAssociations);
  });
  app.delete(PATH, (request, reply) => {
    serve(core, "delete", request, reply, deleteAssociation);
  });
}
