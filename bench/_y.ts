import { CAMERA, clipCommand } from "./support/clips.ts";
import { encoderCommand } from "./support/encoder-lines.ts";
const N=31;
function ssim(enc:string,fmt:string,ref:string){const same="settb=1/30,setpts=N,scale=out_range=tv:out_color_matrix=bt601,format=yuv420p";
 const {stderr}=Bun.spawnSync(["ffmpeg","-hide_banner","-f",fmt,"-i",enc,"-i",ref,"-lavfi",`[0:v]${same}[a];[1:v]${same}[b];[a][b]ssim`,"-f","null","-"],{stderr:"pipe"});
 return Number(/SSIM Y:([\d.]+).*All:([\d.]+)/.exec(stderr.toString())![2]);}
for (const [wall,l,c,b] of JSON.parse(process.argv[2]!)) {
 const g=CAMERA.graph.replace(/c0s=\d+:c1s=\d+:c2s=\d+/,`c0s=${l}:c1s=${c}:c2s=${c}`).replace(/sigma=[\d.]+:planes=1/,`sigma=${b}:planes=1`).replace("sigma=1:planes=6","sigma=1.5:planes=6").replace("noise=alls=30:all_seed=3",`noise=alls=${wall}:all_seed=3`);
 const p="/tmp/clips/y.nut"; Bun.spawnSync(clipCommand({...CAMERA,graph:g},N,p) as any,{stderr:"inherit"});
 const input={options:[],url:p,codec:null,hasSettings:true,isBt601:false,hasUnixTime:false} as const;
 const j=Bun.spawnSync(encoderCommand("mjpeg",CAMERA.size,input),{maxBuffer:2**30,stderr:"inherit"}).stdout; await Bun.write("/tmp/clips/j",j);
 const js=ssim("/tmp/clips/j","mpjpeg",p);
 console.log(wall,l,c,b,"JPEG",(j.length*8*30/N/1e6).toFixed(2),js);
 for(const crf of process.argv[3]!.split(",")) for (const x of process.argv.slice(4)) { const cmd=encoderCommand("h264",CAMERA.size,input); cmd[cmd.indexOf("-crf")+1]=crf; cmd[cmd.indexOf("-x264-params")+1]+=x;
  const h=Bun.spawnSync(cmd,{maxBuffer:2**30,stderr:"inherit"}).stdout; await Bun.write("/tmp/clips/h",h);
  console.log("   crf",crf,x,(h.length*8*30/N/1e6).toFixed(2),(h.length/j.length).toFixed(3),((ssim("/tmp/clips/h","nut",p)-js)*1000).toFixed(1)); }
}
