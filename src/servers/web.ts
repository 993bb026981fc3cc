/** The page's port: the page, its conversation, and plain HTTP for pictures, health and figures. */

export { startViewer, type Viewer } from "./web/server.ts";
