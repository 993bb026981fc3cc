"""Reads a stream with OpenCV, or single pictures of /snapshot, and says of each picture how old it is: counter and ms, one JSON line each."""

import json
import sys
import time
import urllib.request

import cv2
import numpy
from camera import read_strip

url, pause_ms = sys.argv[1], float(sys.argv[2])
video = None if url.endswith("/snapshot") else cv2.VideoCapture(url)


def read():
    if video is not None:
        return video.read()
    with urllib.request.urlopen(url) as response:
        return True, cv2.imdecode(numpy.frombuffer(response.read(), numpy.uint8), cv2.IMREAD_COLOR)


while True:
    ok, frame = read()
    if not ok:
        sys.exit("no picture")
    counter, age = read_strip(frame)
    print(json.dumps({"counter": counter, "ageMs": age}), flush=True)
    time.sleep(pause_ms / 1000)
