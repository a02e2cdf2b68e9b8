#!/usr/bin/env python3
"""Tries to change a mount in every way there is; all must be refused.

try-to-change.py MOUNTPOINT ERRNO[,ERRNO]: exit 0 when each was refused with
one of these errors.
"""
import ctypes
import errno
import mmap
import os
import stat
import sys

top = sys.argv[1]
allowed = {getattr(errno, name) for name in sys.argv[2].split(",")}
path = top + "/services/web.instances"
directory = top + "/services"
libc = ctypes.CDLL(None, use_errno=True)
bad = 0


def libc_call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def opened(flags):
    os.close(os.open(path, flags, 0o644))


def mapped():
    fd = os.open(path, os.O_RDWR)
    try:
        with mmap.mmap(fd, 0, mmap.MAP_SHARED,
                       mmap.PROT_READ | mmap.PROT_WRITE) as view:
            view[0] = ord("X")
    finally:
        os.close(fd)


def written():
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, b"X")
    finally:
        os.close(fd)


ways = {
    "write": written,
    "open for append": lambda: opened(os.O_WRONLY | os.O_APPEND),
    "truncating open": lambda: opened(os.O_WRONLY | os.O_TRUNC),
    "truncating open for reading": lambda: opened(os.O_RDONLY | os.O_TRUNC),
    "truncate": lambda: os.truncate(path, 0),
    "truncate to its size":
        lambda: os.truncate(path, os.stat(path).st_size),
    "create": lambda: os.close(
        os.open(directory + "/x", os.O_CREAT | os.O_WRONLY, 0o644)),
    "unlink": lambda: os.unlink(path),
    "rename": lambda: os.rename(path, directory + "/x"),
    "rename over": lambda: os.rename(top + "/haproxy.cfg", path),
    "mkdir": lambda: os.mkdir(directory + "/d"),
    "rmdir": lambda: os.rmdir(directory),
    "link": lambda: os.link(path, directory + "/l"),
    "symlink": lambda: os.symlink("x", directory + "/s"),
    "mknod": lambda: os.mknod(directory + "/n", stat.S_IFREG | 0o644),
    "mkfifo": lambda: os.mkfifo(directory + "/f"),
    "chmod": lambda: os.chmod(path, 0o600),
    "chown": lambda: os.chown(path, 1, 1),
    "utime": lambda: os.utime(path, (1, 1)),
    "utime now": lambda: os.utime(path),
    "setxattr": lambda: os.setxattr(path, "user.x", b"1"),
    "removexattr": lambda: os.removexattr(path, "user.x"),
    "shared writable mmap": mapped,
    "fallocate": lambda: os.posix_fallocate(
        os.open(path, os.O_WRONLY), 0, 1000),
}

for name, way in ways.items():
    try:
        way()
    except OSError as error:
        if error.errno not in allowed:
            print(f"{name}: {error.strerror}, which is none of {sys.argv[2]}")
            bad += 1
    else:
        print(f"{name}: was not refused")
        bad += 1

if os.access(path, os.W_OK) or os.access(directory, os.W_OK):
    print("access(W_OK) says yes")
    bad += 1

for alias in (".mmsdfs", ".mmsdfs/4096", ".mmsdfs/1", ".mmsdfs/"):
    try:
        os.stat(top + "/" + alias)
    except FileNotFoundError:
        pass
    else:
        print(f"{alias} is there")
        bad += 1
if ".mmsdfs" in os.listdir(top):
    print("the alias directory is listed")
    bad += 1

sys.exit(1 if bad else 0)
