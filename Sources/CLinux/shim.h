// What Linux offers beyond POSIX and Swift's Glibc module does not show, or shows in a shape that Swift cannot use.
#ifndef CURLEW_CLINUX_SHIM_H
#define CURLEW_CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <stdint.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

// epoll_event is a packed struct around a union; these keep both out of Swift.
static inline int curlew_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = { .events = events, .data = { .u64 = data } };
    return epoll_ctl(epoll, operation, fd, &event);
}

static inline uint64_t curlew_epoll_data(const struct epoll_event *event) { return event->data.u64; }

// Declared here because glibc shows it to C only under _GNU_SOURCE, which Swift's own Glibc module is built without.
extern long syscall(long number, ...);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int pipe2(int ends[2], int flags);
extern ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t bytes, unsigned int flags);
extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

static inline int curlew_accept4(int fd, struct sockaddr *address, socklen_t *length) {
    return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// Bytes that were written to a TCP socket and are not acknowledged, 0 if the kernel does not say.
static inline int curlew_unacknowledged(int fd) {
    int bytes = 0;
    return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

// Bytes that lie in a pipe, 1 if the kernel does not say.
static inline int curlew_unread(int fd) {
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) == 0 ? bytes : 1;
}

static inline int curlew_pipe(int *ends) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

// Moves bytes from a pipe to a socket, or from a socket into a pipe, without waiting for either.
static inline ssize_t curlew_splice(int from, int to, size_t bytes) {
    enum { NONBLOCK = 2 }; // SPLICE_F_NONBLOCK
    return splice(from, NULL, to, NULL, bytes, NONBLOCK);
}

// A file without a name, in memory, that child processes do not inherit: -1 if there can be none. Not to be executed, which
// kernels before 6.3 cannot be told.
static inline int curlew_memory_file(void) {
    const unsigned closeOnExec = 1, noExecution = 8;
    int fd = (int)syscall(SYS_memfd_create, "curlew", closeOnExec | noExecution);
    return fd < 0 && errno == EINVAL ? (int)syscall(SYS_memfd_create, "curlew", closeOnExec) : fd;
}

// The number of cores that this process may use, 0 if the kernel does not say.
static inline int curlew_available_cores(void) {
    uint64_t mask[128];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
    int cores = 0;
    for (long word = 0; word < bytes / (long)sizeof(mask[0]); word++) cores += __builtin_popcountll(mask[word]);
    return cores;
}

// Keeps up to so many bytes of freed memory at the top of each of malloc's heaps, instead of giving them back to the
// kernel and asking for them again.
static inline void curlew_keep_freed_memory(int bytes) { mallopt(M_TRIM_THRESHOLD, bytes); }

// Gives free memory back to the kernel.
static inline void curlew_give_memory_back(void) { malloc_trim(0); }

// Has the calling thread give way to others: "POSIX.1 specifies that setpriority() affects all threads in a process; on Linux
// it affects only the thread" (setpriority(2), C library/kernel differences).
static inline void curlew_give_way(void) { setpriority(PRIO_PROCESS, 0, 10); }

// Names the calling thread, for ps and top.
static inline void curlew_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

#endif
