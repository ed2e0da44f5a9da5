// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
// A sanitizer answers these calls itself.
#define CURLEW_ANSWERS_NO_CALLS 1
#endif
#endif

enum {
    CURLEW_READS_OF_ONE_TIME = 32,
    // What is received of a response at first: all of a small one, and the head of a long one.
    CURLEW_FIRST_PIECE = 16 * 1024,
    // How often libcurl may receive from a socket before others have their turn.
    CURLEW_MOST_PIECES = 4,
};

struct curlew_inside {
    // How many more times the clock may be answered with `now`.
    int reads_left;
    struct timespec now;
    // The socket that was looked at last, and the one that a request was sent on since; -1 for none.
    int looked_at;
    int sent_on;
    // The socket that something was received on last, -1 for none, and how often in a row.
    int received_on;
    int pieces;
    int is_inside;
};

static __thread struct curlew_inside curlew_inside;

struct curlew_socket {
    // Where what comes goes to, in place of libcurl's buffer; 0 for nowhere.
    int pipe;
    // How much has gone there that libcurl has not handed on.
    size_t unseen;
    // Nothing more goes there for now.
    int is_held;
    // Nothing may come.
    int is_silent;
    // What comes is HTTP/1.1 as it is.
    int is_plain;
    // Nothing of the next response has been received.
    int is_unanswered;
    // Some of the request has been sent, and the head of its answer has not come.
    int is_asked;
    // Where the bytes come from that libcurl takes for those from `from` up to `until`.
    int source;
    uintptr_t from;
    uintptr_t until;
};

// libcurl has wanted to send from elsewhere while bytes that stand for others had not been sent: perhaps those, which it has copied.
static __thread int curlew_stand_ins_are_moved;

// By descriptor.
static __thread struct curlew_socket *curlew_sockets;
static __thread int curlew_socket_count;

static struct curlew_socket *known(int socket) {
    return socket >= 0 && socket < curlew_socket_count ? &curlew_sockets[socket] : NULL;
}

void curlew_enter_libcurl(void) {
    curlew_inside.is_inside = 1;
    curlew_inside.reads_left = 0;
    curlew_inside.looked_at = -1;
    curlew_inside.sent_on = -1;
    curlew_inside.received_on = -1;
    curlew_inside.pieces = 0;
}

void curlew_leave_libcurl(void) { curlew_inside.is_inside = 0; }

void curlew_libcurl_sends(void) {
    curlew_expect_anything(curlew_inside.looked_at);
    curlew_inside.sent_on = curlew_inside.looked_at;
    curlew_inside.looked_at = -1;
}

void curlew_expect_anything(int socket) {
    struct curlew_socket *it = known(socket);
    if (it) it->is_silent = 0;
}

void curlew_closed(int socket) {
    struct curlew_socket *it = known(socket);
    if (it) *it = (struct curlew_socket){0};
}

void curlew_forget_sockets(void) {
    free(curlew_sockets);
    curlew_sockets = NULL;
    curlew_socket_count = 0;
    curlew_stand_ins_are_moved = 0;
}

size_t curlew_unseen(int socket) {
    struct curlew_socket *it = known(socket);
    return it ? it->unseen : 0;
}

void curlew_seen(int socket, size_t count) {
    struct curlew_socket *it = known(socket);
    if (it) it->unseen -= count < it->unseen ? count : it->unseen;
}

void curlew_hold_splice(int socket, int is_held) {
    struct curlew_socket *it = known(socket);
    if (it) it->is_held = is_held;
}

void curlew_end_splice(int socket, int pipe) {
    struct curlew_socket *it = known(socket);
    if (it && it->pipe == pipe) it->pipe = 0, it->unseen = 0, it->is_held = 0;
}

int curlew_reads_before_it_fails(int socket) {
    struct curlew_socket *it = known(socket);
    return it && it->is_plain;
}

void curlew_answer_begins(int socket) {
    struct curlew_socket *it = known(socket);
    if (it) it->is_asked = 0;
}

int curlew_may_send_from_pipe(int socket) {
    struct curlew_socket *it = known(socket);
    return it && it->is_plain && it->from == it->until && !curlew_stand_ins_are_moved;
}

int curlew_send_from_pipe(int socket, int pipe, const void *bytes, size_t count) {
    if (!curlew_may_send_from_pipe(socket)) return 0;
    struct curlew_socket *it = known(socket);
    it->source = pipe;
    it->from = (uintptr_t)bytes;
    it->until = it->from + count;
    return 1;
}

void curlew_end_sending(int socket, int pipe) {
    struct curlew_socket *it = known(socket);
    if (it && it->source == pipe) it->source = 0, it->from = 0, it->until = 0;
}

#ifdef CURLEW_ANSWERS_NO_CALLS

int curlew_expect_silence(int socket) {
    (void)socket;
    return 0;
}

void curlew_opened(int socket, int is_plain) { (void)socket, (void)is_plain; }

int curlew_splice(int socket, int pipe) {
    (void)socket, (void)pipe;
    return 0;
}

#else

static struct curlew_socket *make_known(int socket) {
    if (socket < 0) return NULL;
    if (socket >= curlew_socket_count) {
        int count = socket * 2 + 64;
        struct curlew_socket *more = realloc(curlew_sockets, (size_t)count * sizeof(*more));
        if (!more) return NULL;
        memset(more + curlew_socket_count, 0, (size_t)(count - curlew_socket_count) * sizeof(*more));
        curlew_sockets = more;
        curlew_socket_count = count;
    }
    return &curlew_sockets[socket];
}

int curlew_expect_silence(int socket) {
    struct curlew_socket *it = make_known(socket);
    if (!it) return 0;
    it->is_silent = 1;
    it->is_unanswered = 1;
    it->is_asked = 0;
    return 1;
}

void curlew_opened(int socket, int is_plain) {
    struct curlew_socket *it = make_known(socket);
    if (it) *it = (struct curlew_socket){.is_plain = is_plain, .is_unanswered = 1};
}

int curlew_splice(int socket, int pipe) {
    if (!curlew_inside.is_inside || socket != curlew_inside.received_on) return 0;
    struct curlew_socket *it = known(socket);
    if (!it || !it->is_plain) return 0;
    it->pipe = pipe;
    it->unseen = 0;
    it->is_held = 0;
    return 1;
}

static int (*library_clock_gettime)(clockid_t, struct timespec *);
static int (*library_poll)(struct pollfd *, nfds_t, int);
static ssize_t (*library_recv)(int, void *, size_t, int);
static ssize_t (*library_send)(int, const void *, size_t, int);

// Ahead of main and of every thread.
__attribute__((constructor)) static void find_the_library(void) {
    library_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    library_poll = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
    library_recv = (ssize_t (*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
    library_send = (ssize_t (*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
}

// Somebody else's constructor may call earlier than ours has run: then the kernel is asked.
static int read_clock(clockid_t clock, struct timespec *now) {
    return library_clock_gettime ? library_clock_gettime(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!curlew_inside.is_inside || clock != CLOCK_MONOTONIC) return read_clock(clock, now);
    if (curlew_inside.reads_left-- == 0) {
        if (read_clock(clock, &curlew_inside.now) != 0) {
            curlew_inside.reads_left = 0;
            return -1;
        }
        curlew_inside.reads_left = CURLEW_READS_OF_ONE_TIME - 1;
    }
    *now = curlew_inside.now;
    return 0;
}

static int ask_kernel(struct pollfd *sockets, nfds_t count, int milliseconds) {
    return library_poll ? library_poll(sockets, count, milliseconds) : (int)syscall(SYS_poll, sockets, count, milliseconds);
}

__attribute__((visibility("default"))) int poll(struct pollfd *sockets, nfds_t count, int milliseconds) {
    if (!curlew_inside.is_inside || count != 1 || milliseconds != 0) return ask_kernel(sockets, count, milliseconds);
    int socket = sockets->fd;
    int may_write = sockets->events & POLLOUT;
    if (socket == curlew_inside.sent_on && !may_write) {
        curlew_inside.sent_on = -1;
        sockets->revents = 0;
        return 0;
    }
    struct curlew_socket *it = known(socket);
    int is_silent = it && it->is_silent;
    int is_busy = it && it->is_plain && socket == curlew_inside.received_on && curlew_inside.pieces >= CURLEW_MOST_PIECES;
    if (is_busy && !may_write && !is_silent) {
        sockets->revents = 0;
        return 0;
    }
    curlew_inside.looked_at = socket;
    int found = ask_kernel(sockets, count, milliseconds);
    // One way to ask takes POLLERR for an error, the other POLLNVAL. Whoever asks whether it may write has a use for the socket.
    if (found == 1 && !may_write && is_silent) sockets->revents |= POLLERR | POLLNVAL;
    return found;
}

static ssize_t receive(int socket, void *buffer, size_t length, int flags) {
    return library_recv ? library_recv(socket, buffer, length, flags) : (ssize_t)syscall(SYS_recvfrom, socket, buffer, length, flags, NULL, NULL);
}

__attribute__((visibility("default"))) ssize_t recv(int socket, void *buffer, size_t length, int flags) {
    if (!curlew_inside.is_inside || flags != 0) return receive(socket, buffer, length, flags);
    if (socket != curlew_inside.received_on) curlew_inside.pieces = 0;
    curlew_inside.received_on = socket;
    curlew_inside.pieces++;
    struct curlew_socket *it = known(socket);
    if (!it || !it->is_plain) return receive(socket, buffer, length, flags);
    if (it->is_unanswered) {
        ssize_t received = receive(socket, buffer, length < CURLEW_FIRST_PIECE ? length : CURLEW_FIRST_PIECE, flags);
        if (received > 0) it->is_unanswered = 0;
        return received;
    }
    if (it->is_held || (it->pipe && curlew_inside.pieces > CURLEW_MOST_PIECES)) {
        errno = EAGAIN;
        return -1;
    }
    if (it->pipe) {
        ssize_t moved = splice(socket, NULL, it->pipe, NULL, length, SPLICE_F_NONBLOCK);
        if (moved > 0) it->unseen += (size_t)moved;
        if (moved >= 0) return moved;
        // There is nothing, or the pipe is full. Anything else is the connection's end, and is told only once.
        if (errno != EAGAIN) return moved;
    }
    return receive(socket, buffer, length, flags);
}

static ssize_t send_as_they_are(int socket, const void *bytes, size_t length, int flags) {
    return library_send ? library_send(socket, bytes, length, flags) : (ssize_t)syscall(SYS_sendto, socket, bytes, length, flags, NULL, 0);
}

// Sends from one place: the memory up to the bytes that stand for others, or the pipe instead of those, or the memory behind them.
// Sets *length to what it tried to send.
static ssize_t send_from_one_place(struct curlew_socket *it, int socket, uintptr_t at, size_t *length, int flags) {
    size_t left = *length;
    if (it->from == it->until) return send_as_they_are(socket, (const void *)at, left, flags);
    // What memory holds in the place of others' bytes must not get out.
    if (at > it->from || it->from - at >= left) {
        curlew_stand_ins_are_moved = 1;
        errno = EIO;
        return -1;
    }
    if (at < it->from) {
        *length = it->from - at;
        return send_as_they_are(socket, (const void *)at, *length, flags | MSG_MORE);
    }
    if (it->until - at < left) *length = it->until - at;
    ssize_t sent = splice(it->source, NULL, socket, NULL, *length, SPLICE_F_NONBLOCK | (*length < left ? SPLICE_F_MORE : 0));
    if (sent > 0) it->from += (size_t)sent;
    return sent;
}

static ssize_t send_from_all_places(struct curlew_socket *it, int socket, const void *bytes, size_t length, int flags) {
    size_t done = 0;
    while (done < length) {
        size_t count = length - done;
        ssize_t sent = send_from_one_place(it, socket, (uintptr_t)bytes + done, &count, flags);
        if (sent < 0) return done > 0 ? (ssize_t)done : sent;
        done += (size_t)sent;
        if ((size_t)sent < count) break;
    }
    return (ssize_t)done;
}

// An answer is there, which the peer has sent before it broke the connection.
static int has_answer(struct curlew_socket *it, int socket) {
    char byte;
    return it->is_asked && receive(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

__attribute__((visibility("default"))) ssize_t send(int socket, const void *bytes, size_t length, int flags) {
    struct curlew_socket *it = curlew_inside.is_inside ? known(socket) : NULL;
    if (!it || !it->is_plain) return send_as_they_are(socket, bytes, length, flags);
    ssize_t sent = it->from == it->until ? send_as_they_are(socket, bytes, length, flags) : send_from_all_places(it, socket, bytes, length, flags);
    if (sent > 0 && it->is_unanswered) it->is_asked = 1;
    int error = errno;
    if (sent < 0 && (error == ECONNRESET || error == EPIPE)) errno = has_answer(it, socket) ? EAGAIN : error;
    return sent;
}

#endif
