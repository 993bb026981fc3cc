/** Local time of day, as in "16:17:12". @param date now unless told */
export function timeOfDay(date = new Date()): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
