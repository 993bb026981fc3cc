/** The browser's side: the page, its WebSocket, and plain HTTP for pictures, health and figures. */

export { startViewer, type Viewer } from "./web/server.ts";
