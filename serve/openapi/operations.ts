/** Every call that a server can offer, in the order of the document. */
import { historyOperation, itemsOperation, usersOperation } from "../routes/browse.ts";
import { docsOperation } from "../routes/docs.ts";
import { documentOperation } from "../routes/document.ts";
import { deleteUserOperation, eventsOperation } from "../routes/events.ts";
import { liveOperation, readyOperation } from "../routes/health.ts";
import { popularOperation, similarOperation } from "../routes/items.ts";
import { activateOperation, modelsOperation } from "../routes/models.ts";
import { recommendationsOperation } from "../routes/recommendations.ts";
import { recoOperation } from "../routes/reco.ts";
import { rootOperation } from "../routes/root.ts";
import { trainByGetOperation, trainByPostOperation } from "../routes/train.ts";
import { startTrainingOperation, trainingOperation } from "../routes/trainings.ts";
import { userOperation } from "../routes/users.ts";
import type { Operation } from "./operation.ts";

/** Those that read. */
export const READING: readonly Operation[] = [
  userOperation,
  recommendationsOperation,
  similarOperation,
  popularOperation,
  itemsOperation,
  modelsOperation,
  activateOperation,
  recoOperation,
  rootOperation,
  liveOperation,
  readyOperation,
  documentOperation,
  docsOperation,
];

/** Those that show who the customers are. */
export const CUSTOMERS: readonly Operation[] = [usersOperation, historyOperation];

/** Those that a server offers that takes purchases. */
export const EVENTS: readonly Operation[] = [eventsOperation, deleteUserOperation];

/** Those that a server offers that can train. */
export const TRAINING: readonly Operation[] = [
  startTrainingOperation,
  trainingOperation,
  trainByGetOperation,
  trainByPostOperation,
];
