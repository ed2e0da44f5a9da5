// What Linux offers beyond POSIX and Swift's Glibc module does not show, or shows in a shape that Swift cannot use.
#ifndef CURLEW_CLINUX_SHIM_H
#define CURLEW_CLINUX_SHIM_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

// epoll_event is a packed struct around a union; these keep both out of Swift.
static inline int curlew_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = { .events = events, .data = { .u64 = data } };
    return epoll_ctl(epoll, operation, fd, &event);
}

static inline uint64_t curlew_epoll_data(const struct epoll_event *event) { return event->data.u64; }

// Declared here because glibc shows it to C only under _GNU_SOURCE, which Swift's own Glibc module is built without.
extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

static inline int curlew_accept4(int fd, struct sockaddr *address, socklen_t *length) {
    return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#endif
