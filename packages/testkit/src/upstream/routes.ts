import { adminKeyRoutes } from './admin-keys.ts';
import { adminReportRoutes } from './admin-reports.ts';
import { audioRoutes } from './audio.ts';
import { batchRoutes } from './batches.ts';
import { chatRoutes } from './chat.ts';
import { completionRoutes } from './completions.ts';
import { conversationRoutes } from './conversations.ts';
import { embeddingRoutes } from './embeddings.ts';
import { fileRoutes } from './files.ts';
import { imageRoutes } from './images.ts';
import { modelRoutes } from './models.ts';
import { moderationRoutes } from './moderations.ts';
import { oauthRoutes } from './oauth.ts';
import { projectKeyRoutes } from './project-keys.ts';
import { responseRoutes } from './responses.ts';
import { createRouter } from './router.ts';
import type { FindRoute, Routes } from './router.ts';
import { uploadRoutes } from './uploads.ts';
import { vectorStoreRoutes } from './vector-stores.ts';

/** What the lines of a batch may ask for. */
const batchable: Routes = {
  ...chatRoutes,
  ...completionRoutes,
  ...embeddingRoutes,
  ...moderationRoutes,
  ...responseRoutes,
};

/** Every operation of the fake. */
export const findRoute: FindRoute = createRouter({
  ...batchable,
  ...adminKeyRoutes,
  ...adminReportRoutes,
  ...audioRoutes,
  ...batchRoutes(createRouter(batchable)),
  ...conversationRoutes,
  ...fileRoutes,
  ...imageRoutes,
  ...modelRoutes,
  ...oauthRoutes,
  ...projectKeyRoutes,
  ...uploadRoutes,
  ...vectorStoreRoutes,
});
