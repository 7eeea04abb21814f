/* A library to be loaded before the C library (LD_PRELOAD): counts the calls by which a program changes the disk, and
 * makes the FAULT_AT-th of them fail.
 *
 * FAULT_KIND  kill    the process is gone before the call
 *             torn    half of a write is on the disk, then the process is gone
 *             full    the call fails with "no space left on device", and every later write too
 *             broken  the call fails with "input/output error"
 *             readonly  that call and all after it fail with "read-only file system"
 *             inodes  from that call on nothing new can be made: "no space left on device"
 *             cut     a file is cut to nothing as soon as it is mapped for reading
 *             int, term  the process is sent SIGINT or SIGTERM, and given a while before the call is made
 *             changed a file is touched as soon as it is mapped for reading
 * FAULT_FIRST the process is as the first of a container: no signal that it raises itself comes
 * FAULT_CLOCK seconds by which the clock of the day is moved
 * FAULT_LOG   a file that gets a byte for each call: its size is the count
 *
 * Pipes, sockets and terminals are left alone: they are not the disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { NONE, KILL, TORN, FULL, BROKEN, READONLY, INODES, CUT, CHANGED, INT, TERM };
static long at = 0;
static enum kind kind = NONE;
static int log_fd = -1;
static long calls = 0;
static long clock_moved = 0;
/* What a call is, beside others: a write, or what makes a new name. */
enum { OTHER, WRITE, MAKE };

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("FAULT_AT"), *word = getenv("FAULT_KIND"), *log = getenv("FAULT_LOG");
    at = number ? atol(number) : 0;
    if (word && !strcmp(word, "kill")) kind = KILL;
    if (word && !strcmp(word, "torn")) kind = TORN;
    if (word && !strcmp(word, "full")) kind = FULL;
    if (word && !strcmp(word, "broken")) kind = BROKEN;
    if (word && !strcmp(word, "readonly")) kind = READONLY;
    if (word && !strcmp(word, "inodes")) kind = INODES;
    if (word && !strcmp(word, "cut")) kind = CUT;
    if (word && !strcmp(word, "changed")) kind = CHANGED;
    if (word && !strcmp(word, "int")) kind = INT;
    if (word && !strcmp(word, "term")) kind = TERM;
    if (getenv("FAULT_CLOCK")) clock_moved = atol(getenv("FAULT_CLOCK"));
    if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int on_disk(int fd) {
    struct stat about;
    return fd > 2 && !fstat(fd, &about) && (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode));
}

static void gone(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* Whoever answers the signal may do so now; where the call is one that it waits for, it does afterwards. */
static void asked(int signal) {
    struct timespec a_while = {0, 300000000};
    syscall(SYS_kill, getpid(), signal);
    nanosleep(&a_while, NULL);
}

/* 0 to go on, else the errno with which the call fails. */
static int fault(int is_write) {
    long call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (log_fd >= 0 && syscall(SYS_write, log_fd, ".", 1) < 0) return EIO;
    if (!at || call < at) return 0;
    if (kind == FULL && (call == at || is_write == WRITE)) return ENOSPC;
    if (kind == READONLY) return EROFS;
    if (kind == INODES) return is_write == MAKE ? ENOSPC : 0;
    if (call != at) return 0;
    if (kind == INT) asked(SIGINT);
    if (kind == TERM) asked(SIGTERM);
    if (kind == KILL || (kind == TORN && is_write != WRITE)) gone();
    return kind == BROKEN ? EIO : 0;
}

static int tears(void) { return kind == TORN && __atomic_load_n(&calls, __ATOMIC_SEQ_CST) == at; }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define GUARD(is_write, failed) { int why = fault(is_write); if (why) { errno = why; return failed; } }

int raise(int signal) { return getenv("FAULT_FIRST") ? 0 : REAL(raise)(signal); }

ssize_t write(int fd, const void *bytes, size_t length) {
    if (on_disk(fd)) {
        GUARD(1, -1)
        if (tears()) { REAL(write)(fd, bytes, length / 2); gone(); }
    }
    return REAL(write)(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (on_disk(fd)) GUARD(1, -1)
    return REAL(writev)(fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t place) {
    if (on_disk(fd)) {
        GUARD(1, -1)
        if (tears()) { REAL(pwrite)(fd, bytes, length / 2, place); gone(); }
    }
    return REAL(pwrite)(fd, bytes, length, place);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t place) {
    if (on_disk(fd)) {
        GUARD(1, -1)
        if (tears()) { REAL(pwrite64)(fd, bytes, length / 2, place); gone(); }
    }
    return REAL(pwrite64)(fd, bytes, length, place);
}

int fsync(int fd) { if (on_disk(fd)) GUARD(0, -1) return REAL(fsync)(fd); }
int fdatasync(int fd) { if (on_disk(fd)) GUARD(0, -1) return REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t length) { if (on_disk(fd)) GUARD(0, -1) return REAL(ftruncate)(fd, length); }
int ftruncate64(int fd, off64_t length) { if (on_disk(fd)) GUARD(0, -1) return REAL(ftruncate64)(fd, length); }
int rename(const char *from, const char *to) { GUARD(0, -1) return REAL(rename)(from, to); }
int link(const char *from, const char *to) { GUARD(MAKE, -1) return REAL(link)(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) { GUARD(MAKE, -1) return REAL(linkat)(a, from, b, to, flags); }
/* The rename that replaces nothing has no function of its own in every C library. */
long syscall(long number, ...) {
    static long (*real)(long, ...) = NULL;
    va_list rest;
    long a[6];
    if (!real) real = REAL(syscall);
    va_start(rest, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_renameat2) GUARD(0, -1)
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
int unlink(const char *path) { GUARD(0, -1) return REAL(unlink)(path); }
int unlinkat(int fd, const char *path, int flags) { GUARD(0, -1) return REAL(unlinkat)(fd, path, flags); }
int rmdir(const char *path) { GUARD(0, -1) return REAL(rmdir)(path); }
int mkdir(const char *path, mode_t mode) { GUARD(MAKE, -1) return REAL(mkdir)(path, mode); }

#define OPEN(name)                                                                       \
    int name(const char *path, int flags, ...) {                                         \
        va_list rest;                                                                    \
        va_start(rest, flags);                                                           \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(rest, int) : 0;     \
        va_end(rest);                                                                    \
        if (flags & (O_CREAT | O_TRUNC)) GUARD(flags & O_CREAT && access(path, F_OK) ? MAKE : OTHER, -1)                                    \
        return REAL(name)(path, flags, mode);                                            \
    }
OPEN(open)
OPEN(open64)

static void *mapped(void *place, size_t length, int protection, int flags, int fd, off_t offset) {
    void *out = (void *)syscall(SYS_mmap, place, length, protection, flags, fd, offset);
    char path[64];
    if ((kind == CUT || kind == CHANGED) && out != MAP_FAILED && protection == PROT_READ && on_disk(fd)) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        struct timespec long_ago[2] = {{1, 0}, {1, 0}};
        if (kind == CUT ? truncate(path, 0) : utimensat(AT_FDCWD, path, long_ago, 0)) abort();
    }
    return out;
}
void *mmap(void *a, size_t b, int c, int d, int e, off_t f) { return mapped(a, b, c, d, e, f); }
void *mmap64(void *a, size_t b, int c, int d, int e, off64_t f) { return mapped(a, b, c, d, e, f); }

int clock_gettime(clockid_t clock, struct timespec *out) {
    int failed = (int)syscall(SYS_clock_gettime, clock, out);
    if (!failed && clock == CLOCK_REALTIME) out->tv_sec += clock_moved;
    return failed;
}
