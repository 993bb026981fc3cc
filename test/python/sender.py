"""A classic sender, as the tutorials have it. What it sent is said on stdout, one JSON line a picture."""

import argparse
import hashlib
import json
import os
import pickle
import socket
import struct

import cv2
from camera import Camera

parser = argparse.ArgumentParser()
parser.add_argument("role", choices=["listen", "dial"])
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--size", default="640x480")
parser.add_argument("--fps", type=float, default=30)
parser.add_argument("--background")
parser.add_argument("--jpeg", action="store_true")
parser.add_argument("--prefix", default="Q")
parser.add_argument("--protocol", type=int)
parser.add_argument("--hash", action="store_true")
parser.add_argument("--none", type=int, default=0, help="so many None before the first picture")
parser.add_argument("--die-in", type=int, default=0, help="die in the middle of this picture")
args = parser.parse_args()
width, height = (int(side) for side in args.size.split("x"))


def say(**line):
    print(json.dumps(line), flush=True)


if args.role == "listen":
    server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind(("127.0.0.1", args.port))
    server_socket.listen(5)
    say(event="ready", port=server_socket.getsockname()[1])
    client_socket, addr = server_socket.accept()
else:
    client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client_socket.connect(("127.0.0.1", args.port))
    say(event="ready", port=args.port)

vid = Camera(width, height, args.fps, args.background)
while vid.isOpened():
    if args.none > 0:
        args.none -= 1
        frame = None
    else:
        img, frame = vid.read()
    if args.jpeg:
        img, frame = cv2.imencode(".jpg", frame)
    a = pickle.dumps(frame, protocol=args.protocol)
    message = struct.pack(args.prefix, len(a)) + a
    if vid.counter > 0 and vid.counter == args.die_in:
        client_socket.sendall(message[: len(message) // 2])
        os._exit(1)
    client_socket.sendall(message)
    if args.hash and frame is not None:
        say(event="sent", counter=vid.counter, sha256=hashlib.sha256(frame.tobytes()).hexdigest())
