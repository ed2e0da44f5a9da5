// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "calls.h"

#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
// A sanitizer answers these calls itself.
#define CURLEW_ANSWERS_NO_CALLS 1
#endif
#endif

enum { CURLEW_READS_OF_ONE_TIME = 32 };

struct curlew_inside {
    // How many more times the clock may be answered with `now`.
    int reads_left;
    struct timespec now;
    // The socket that was looked at last, and the one that a request was sent on since; -1 for none.
    int looked_at;
    int sent_on;
    int is_inside;
};

static __thread struct curlew_inside curlew_inside;

// By descriptor: nothing may come there.
static __thread unsigned char *curlew_silent;
static __thread int curlew_silent_count;

void curlew_enter_libcurl(void) {
    curlew_inside.is_inside = 1;
    curlew_inside.reads_left = 0;
    curlew_inside.looked_at = -1;
    curlew_inside.sent_on = -1;
}

void curlew_leave_libcurl(void) { curlew_inside.is_inside = 0; }

void curlew_libcurl_sends(void) {
    curlew_expect_anything(curlew_inside.looked_at);
    curlew_inside.sent_on = curlew_inside.looked_at;
    curlew_inside.looked_at = -1;
}

void curlew_expect_anything(int socket) {
    if (socket >= 0 && socket < curlew_silent_count) curlew_silent[socket] = 0;
}

void curlew_forget_sockets(void) {
    free(curlew_silent);
    curlew_silent = NULL;
    curlew_silent_count = 0;
}

#ifdef CURLEW_ANSWERS_NO_CALLS

int curlew_expect_silence(int socket) {
    (void)socket;
    return 0;
}

#else

int curlew_expect_silence(int socket) {
    if (socket < 0) return 0;
    if (socket >= curlew_silent_count) {
        int count = socket * 2 + 64;
        unsigned char *longer = realloc(curlew_silent, (size_t)count);
        if (!longer) return 0;
        memset(longer + curlew_silent_count, 0, (size_t)(count - curlew_silent_count));
        curlew_silent = longer;
        curlew_silent_count = count;
    }
    curlew_silent[socket] = 1;
    return 1;
}

static int (*library_clock_gettime)(clockid_t, struct timespec *);
static int (*library_poll)(struct pollfd *, nfds_t, int);

// Ahead of main and of every thread.
__attribute__((constructor)) static void find_the_library(void) {
    library_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    library_poll = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
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
    if (socket == curlew_inside.sent_on && !(sockets->events & POLLOUT)) {
        curlew_inside.sent_on = -1;
        sockets->revents = 0;
        return 0;
    }
    curlew_inside.looked_at = socket;
    int found = ask_kernel(sockets, count, milliseconds);
    // One way to ask takes POLLERR for an error, the other POLLNVAL. Whoever asks whether it may write has a use for the socket.
    if (found == 1 && !(sockets->events & POLLOUT) && socket >= 0 && socket < curlew_silent_count && curlew_silent[socket]) sockets->revents |= POLLERR | POLLNVAL;
    return found;
}

#endif
