import { expect, test } from "bun:test";
import { Redaction } from "../src/ffmpeg/redaction.ts";
import { withoutSecrets } from "../src/ffmpeg.ts";

const AT = "rtsp://10.0.0.9:554";

test.each([
  [`${AT}/user=admin&password=hunter22&channel=1&stream=0.sdp`, `${AT}/user=admin&password=…&channel=1&stream=0.sdp`],
  [
    `${AT}/user=admin_password=hunter_22_channel=1_stream=0.sdp?real_stream`,
    `${AT}/user=admin_password=…_channel=1_stream=0.sdp`,
  ],
  [`${AT}/login/passwd:hunter22/video`, `${AT}/login/passwd:…/video`],
  ["http://10.0.0.9/snap;pwd=hunter22;n=1/x.jpg", "http://10.0.0.9/snap;pwd=…;n=1/x.jpg"],
  ["http://10.0.0.9/v/token=hunter22", "http://10.0.0.9/v/token=…"],
  [`cannot reach ${AT}/Password=hunter22: it does not answer`, `cannot reach ${AT}/Password=…: it does not answer`],
  ["http://anna:hunter22@10.0.0.9/v?pwd=hunter22#hunter22", "http://10.0.0.9/v"],
  // None of these is a secret.
  [`${AT}/passage/authors/keyboard`, `${AT}/passage/authors/keyboard`],
  ["the password: it is wrong", "the password: it is wrong"],
])("%j is shown as %j", (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});

test("a password in an address's path is not repeated by what ffmpeg says", () => {
  const redaction = new Redaction(["-i", `${AT}/user=admin&password=hunter22&channel=1`]);

  expect(redaction.text("401 for user admin, tried hunter22")).toBe("401 for user admin, tried …");
});
