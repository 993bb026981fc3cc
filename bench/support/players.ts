// Parts: ffplay, mpv
/** ffplay and mpv with their low-delay flags, and the formats in which ffmpeg gives them a stream. */

export const FFPLAY = [
  ..."ffplay -loglevel quiet -noborder -left 0 -top 0 -an -sync ext -fflags nobuffer -flags low_delay".split(" "),
  ..."-framedrop -probesize 32768 -analyzeduration 0".split(" "),
];
/** Its other ways to draw, by the graphics card, hang on a screen in memory. */
export const MPV = "mpv --no-config --really-quiet --profile=low-latency --no-border --geometry=0:0".split(" ");

export const FLV = "-flags +global_header -f flv -flvflags no_duration_filesize -flush_packets 1".split(" ");
export const MPEGTS = "-f mpegts -omit_video_pes_length 0 -flush_packets 1".split(" ");
export const MJPEG = "-f mjpeg -flush_packets 1".split(" ");
