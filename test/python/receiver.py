"""A classic receiver, as the tutorials have it. What it got is said on stdout, one JSON line a picture."""

import argparse
import hashlib
import json
import pickle
import socket
import struct
import time

import cv2
from camera import read_strip

parser = argparse.ArgumentParser()
parser.add_argument("role", choices=["listen", "dial"])
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--hash", action="store_true")
parser.add_argument("--bytes-per-second", type=float, default=0, help="read no faster")
args = parser.parse_args()


def say(**line):
    print(json.dumps(line), flush=True)


if args.role == "listen":
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind(("127.0.0.1", args.port))
    server_socket.listen(10)
    say(event="ready", port=server_socket.getsockname()[1])
    client_socket, addr = server_socket.accept()
else:
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client_socket.connect(("127.0.0.1", args.port))
    say(event="ready", port=args.port)

began, taken = time.perf_counter(), 0


def recv():
    """The tutorials' 4 KiB, and their fault: when the peer is gone this gives b"" for ever."""
    global began, taken
    packet = client_socket.recv(4 * 1024)
    if args.bytes_per_second:
        taken += len(packet)
        now = time.perf_counter()
        wait = began + taken / args.bytes_per_second - now
        if wait > 0.005:
            time.sleep(wait)
        elif wait < -0.05:
            began, taken = now, 0
    return packet


data = b""
payload_size = struct.calcsize("Q")
while True:
    while len(data) < payload_size:
        packet = recv()
        if not packet:
            break
        data += packet
    packed_msg_size = data[:payload_size]
    data = data[payload_size:]
    msg_size = struct.unpack("Q", packed_msg_size)[0]
    while len(data) < msg_size:
        data += recv()
    frame_data = data[:msg_size]
    data = data[msg_size:]
    frame = pickle.loads(frame_data)
    digest = {"sha256": hashlib.sha256(frame.tobytes()).hexdigest()} if args.hash else {}
    shape = list(frame.shape)
    if frame.ndim == 2 and frame.shape[1] == 1:
        frame = cv2.imdecode(frame, cv2.IMREAD_COLOR)
    counter, age = read_strip(frame)
    # What the tutorials do with it before they show it: it must be writable.
    cv2.putText(frame, "RECEIVING VIDEO", (10, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 255, 0))
    say(event="shown", at=time.time() * 1000, counter=counter, age=age, shape=shape, dtype=str(frame.dtype), **digest)
