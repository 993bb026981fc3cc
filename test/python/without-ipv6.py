"""Runs a command on a kernel that has no IPv6, for all that it can see: socket(AF_INET6, ...) fails with EAFNOSUPPORT.

usage: without-ipv6.py COMMAND [ARGUMENT ...]
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
# struct seccomp_data: the system call's number, then from byte 16 on its arguments, 8 bytes each.
NUMBER_AT, FIRST_ARGUMENT_AT = 0, 16
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
SYS_SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]

PROGRAM = [
    (LOAD, 0, 0, NUMBER_AT),
    (JUMP_IF_EQUAL, 0, 3, SYS_SOCKET),
    (LOAD, 0, 0, FIRST_ARGUMENT_AT),
    (JUMP_IF_EQUAL, 0, 1, socket.AF_INET6),
    (RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EAFNOSUPPORT),
    (RETURN, 0, 0, SECCOMP_RET_ALLOW),
]

libc = ctypes.CDLL(None, use_errno=True)
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in PROGRAM))
filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(PROGRAM), ctypes.addressof(code)))
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0) != 0:
    sys.exit(f"cannot filter system calls: {os.strerror(ctypes.get_errno())}")
try:
    socket.socket(socket.AF_INET6)
except OSError as error:
    assert error.errno == errno.EAFNOSUPPORT
else:
    sys.exit("IPv6 is still there")
os.execvp(sys.argv[1], sys.argv[1:])
