// The parts that tests and benches use beside Bun and a minimal Debian: nothing else is on their PATH.

/**
 * What a part is, and how it comes to a machine.
 * @typedef {object} Part
 * @property {readonly string[]} [programs] names that are looked up on PATH, or absolute paths; they come on the PATH of
 *   the files that need the part
 * @property {readonly string[]} [files] absolute paths of what is used without being started; `*` stands for one folder
 * @property {string} [check] a shell command that succeeds when the rest is there, too
 * @property {string | null} packages Debian's that bring it, separated by spaces; null: it is used where it is, and
 *   never asked for
 */

/** @type {Readonly<Record<string, Part>>} */
export const PARTS = {
  aiohttp: {
    programs: ["/usr/bin/python3"],
    check: "/usr/bin/python3 -c 'import aiohttp'",
    packages: "python3-aiohttp",
  },
  apt: { programs: ["apt-get"], packages: "apt" },
  chromium: { programs: ["/usr/bin/chromium"], packages: "chromium" },
  curl: { programs: ["curl"], packages: "curl" },
  debootstrap: { programs: ["debootstrap"], packages: "debootstrap" },
  faketime: { files: ["/usr/lib/*/faketime/libfaketimeMT.so.1"], packages: "libfaketime" },
  ffmpeg: { programs: ["ffmpeg", "ffprobe"], packages: "ffmpeg" },
  ffplay: { programs: ["ffplay"], packages: "ffmpeg" },
  // It shows H.264 by ffmpeg's library.
  firefox: { programs: ["/usr/bin/firefox-esr"], packages: "firefox-esr ffmpeg" },
  fonts: {
    files: ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"],
    packages: "fonts-dejavu-core",
  },
  git: { programs: ["git"], packages: "git" },
  go2rtc: { programs: ["go2rtc"], packages: null },
  gstreamer: {
    programs: ["gst-launch-1.0"],
    files: [
      "/usr/lib/*/gstreamer-1.0/libgstsoup.so",
      "/usr/lib/*/gstreamer-1.0/libgstximagesink.so",
      "/usr/lib/*/gstreamer-1.0/libgstmultipart.so",
    ],
    packages: "gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-x",
  },
  iproute: { programs: ["ip", "ss", "tc"], packages: "iproute2" },
  mediamtx: { programs: ["mediamtx"], packages: null },
  mingw: { programs: ["x86_64-w64-mingw32-gcc"], packages: "gcc-mingw-w64-x86-64" },
  mount: { programs: ["/usr/bin/mount", "/usr/bin/umount"], packages: "mount" },
  mpv: { programs: ["mpv"], packages: "mpv" },
  nftables: { programs: ["nft"], packages: "nftables" },
  nginx: { programs: ["nginx"], packages: "nginx-light" },
  node: { programs: ["node", "npm"], packages: "nodejs npm" },
  openbox: { programs: ["openbox"], packages: "openbox" },
  python: {
    programs: ["/usr/bin/python3"],
    check: "/usr/bin/python3 -c 'import cv2, numpy'",
    packages: "python3-opencv python3-numpy",
  },
  // The processor's architecture must be known to dpkg before: "npm run test:platforms" sees to it.
  "qemu-arm64": {
    programs: ["/usr/bin/qemu-aarch64-static"],
    files: ["/lib/aarch64-linux-gnu/libc.so.6", "/usr/lib/aarch64-linux-gnu/libstdc++.so.6"],
    packages: "qemu-user-static libc6:arm64 libstdc++6:arm64",
  },
  vlc: {
    programs: ["cvlc", "vlc"],
    files: ["/usr/lib/*/vlc/plugins/video_output/libxcb_x11_plugin.so"],
    packages: "vlc-bin vlc-plugin-base vlc-plugin-video-output",
  },
  wine: { programs: ["/usr/lib/wine/wine64", "wineboot", "wineserver"], packages: "wine wine64" },
  xauth: { programs: ["xauth"], packages: "xauth" },
  tigervnc: { programs: ["Xtigervnc"], packages: "tigervnc-standalone-server" },
  xdotool: { programs: ["xdotool"], packages: "xdotool" },
  xprop: { programs: ["xprop"], packages: "x11-utils" },
  xrandr: { programs: ["xrandr"], packages: "x11-xserver-utils" },
  xterm: { programs: ["xterm"], packages: "xterm" },
  xvfb: { programs: ["Xvfb"], packages: "xvfb" },
  zbar: { programs: ["zbarimg"], packages: "zbar-tools" },
};
