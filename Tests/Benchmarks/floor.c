// SPDX-License-Identifier: Apache-2.0
//
// The floor: the least that one thread can do to pass requests to three backends through libcurl. It checks nothing,
// keeps no time limits, retries nothing, logs nothing and rewrites nothing but the fields that any gateway adds. It is here
// to be measured beside the gateway: what it costs is libcurl's and the kernel's, and what the gateway costs more is ours.
//
//     cc -O2 -o floor floor.c -lcurl && ./floor PORT BACKEND-PORT BACKEND-PORT BACKEND-PORT
#define _GNU_SOURCE
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKENDS 3
#define DESCRIPTORS 65536

struct client;

// One libcurl handle, bound to one backend.
struct transfer {
    CURL *easy;
    int backend;
    struct client *client;
    struct curl_slist fields[128];
    size_t used;
    char output[64 * 1024];
    struct transfer *next;
};

struct client {
    int fd;
    size_t used;
    struct transfer *transfer;
    char input[16 * 1024];
};

enum kind { NOTHING, LISTENER, CLIENT, UPSTREAM };

static struct {
    enum kind kind;
    int backend;
    int is_busy;
    uint32_t events;
    struct client *client;
} slots[DESCRIPTORS];

static CURLM *multis[BACKENDS];
static int is_due[BACKENDS];
static int ports[BACKENDS];
static struct transfer *free_transfers[BACKENDS];
static int epoll_fd;
static unsigned turn;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int operation, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data = {.fd = fd}};
    if (epoll_ctl(epoll_fd, operation, fd, &event) != 0) fail("epoll_ctl");
    slots[fd].events = events;
}

// MARK: libcurl's callbacks

// A socket is registered once and stays so; only a wish to write makes a difference.
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused) {
    (void)easy, (void)unused;
    slots[fd].is_busy = what != CURL_POLL_REMOVE;
    if (what == CURL_POLL_REMOVE) return 0;
    uint32_t events = what == CURL_POLL_IN ? EPOLLIN : EPOLLIN | EPOLLOUT;
    if (slots[fd].kind != UPSTREAM) {
        slots[fd].kind = UPSTREAM;
        slots[fd].backend = (int)(intptr_t)user;
        watch(EPOLL_CTL_ADD, fd, events);
    } else if (slots[fd].events != events) {
        watch(EPOLL_CTL_MOD, fd, events);
    }
    return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *user) {
    (void)multi;
    is_due[(intptr_t)user] = milliseconds == 0;
    return 0;
}

static int on_close(void *user, curl_socket_t fd) {
    (void)user;
    slots[fd].kind = NOTHING;
    return close(fd);
}

static size_t on_header(char *data, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    if (transfer->used + size * count > sizeof transfer->output) return 0;
    memcpy(transfer->output + transfer->used, data, size * count);
    transfer->used += size * count;
    return size * count;
}

// Waits for the client with the whole process; a client on the same machine hardly ever makes it wait.
static int send_all(int fd, const char *data, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, data, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            usleep(20);
        } else if (sent < 0) {
            return -1;
        } else {
            data += sent;
            count -= (size_t)sent;
        }
    }
    return 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
    struct transfer *transfer = user;
    size_t length = size * count;
    // A small body goes out with its head.
    if (transfer->used > 0 && length <= 4096) return on_header(data, size, count, user);
    if (send_all(transfer->client->fd, transfer->output, transfer->used) != 0) return 0;
    transfer->used = 0;
    return send_all(transfer->client->fd, data, length) == 0 ? length : 0;
}

// MARK: Requests

static struct transfer *take(int backend) {
    struct transfer *transfer = free_transfers[backend];
    if (transfer != NULL) {
        free_transfers[backend] = transfer->next;
        return transfer;
    }
    transfer = calloc(1, sizeof *transfer);
    transfer->backend = backend;
    CURL *easy = transfer->easy = curl_easy_init();
    CURLU *url = curl_url();
    char text[64];
    snprintf(text, sizeof text, "http://127.0.0.1:%d/", ports[backend]);
    curl_url_set(url, CURLUPART_URL, text, 0);
    curl_easy_setopt(easy, CURLOPT_CURLU, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    return transfer;
}

// Starts the request that has come, if it is all there. It is a GET.
static void start(struct client *client) {
    char *end = memmem(client->input, client->used, "\r\n\r\n", 4);
    if (end == NULL) return;
    int backend = (int)(turn++ % BACKENDS);
    struct transfer *transfer = take(backend);
    transfer->client = client;
    client->transfer = transfer;
    transfer->used = 0;
    end[2] = 0;
    char *target = strchr(client->input, ' ') + 1;
    char *line = strstr(target, "\r\n") + 2;
    *strchr(target, ' ') = 0;
    curl_easy_setopt(transfer->easy, CURLOPT_REQUEST_TARGET, target);
    size_t count = 0;
    while (line < end && count < 100) {
        char *next = strstr(line, "\r\n");
        *next = 0;
        if (strncasecmp(line, "connection:", 11) != 0) transfer->fields[count++].data = line;
        line = next + 2;
    }
    static char *const added[] = {
        "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: localhost:3000",
        "X-Request-Id: 0123456789abcdef0123456789abcdef", "Via: 1.1 floor", "Accept:",
    };
    for (size_t index = 0; index < 6; index++) transfer->fields[count++].data = added[index];
    for (size_t index = 0; index < count; index++)
        transfer->fields[index].next = index + 1 < count ? &transfer->fields[index + 1] : NULL;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->fields);
    client->used = 0;
    curl_multi_add_handle(multis[backend], transfer->easy);
}

static void release(struct transfer *transfer) {
    curl_multi_remove_handle(multis[transfer->backend], transfer->easy);
    transfer->client->transfer = NULL;
    transfer->next = free_transfers[transfer->backend];
    free_transfers[transfer->backend] = transfer;
}

static void finish(int backend) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multis[backend], &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        if (message->data.result != CURLE_OK) fprintf(stderr, "floor: %s\n", curl_easy_strerror(message->data.result));
        struct transfer *transfer;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        send_all(transfer->client->fd, transfer->output, transfer->used);
        release(transfer);
    }
}

// MARK: Clients

static void accept_all(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct client *client = calloc(1, sizeof *client);
        client->fd = fd;
        slots[fd].kind = CLIENT;
        slots[fd].client = client;
        watch(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET | EPOLLRDHUP);
    }
}

static void read_from(int fd) {
    struct client *client = slots[fd].client;
    ssize_t count = recv(fd, client->input + client->used, sizeof client->input - client->used, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        if (client->transfer != NULL) release(client->transfer);
        slots[fd].kind = NOTHING;
        close(fd);
        free(client);
        return;
    }
    client->used += (size_t)count;
    if (client->transfer == NULL) start(client);
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(listener, 4096) != 0) fail("listen");
    return listener;
}

static void upstream_ready(int fd, uint32_t events) {
    int running;
    if (!slots[fd].is_busy) {
        // Idle and yet readable: the backend has closed it. libcurl finds that out before it uses it again.
        slots[fd].kind = NOTHING;
        if (epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL) != 0) fail("epoll_ctl");
        shutdown(fd, SHUT_RDWR);
        return;
    }
    int mask = (events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(multis[slots[fd].backend], fd, mask, &running);
    finish(slots[fd].backend);
}

int main(int count, char **arguments) {
    if (count != 2 + BACKENDS) return fprintf(stderr, "usage: floor PORT BACKEND-PORT BACKEND-PORT BACKEND-PORT\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_ALL);
    epoll_fd = epoll_create1(0);
    for (intptr_t index = 0; index < BACKENDS; index++) {
        ports[index] = atoi(arguments[2 + index]);
        CURLM *multi = multis[index] = curl_multi_init();
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, (void *)index);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, (void *)index);
        curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 2000L);
    }
    int listener = listen_on(atoi(arguments[1]));
    slots[listener].kind = LISTENER;
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    struct epoll_event events[256];
    for (;;) {
        int ready = epoll_wait(epoll_fd, events, 256, 1000), running;
        for (int index = 0; index < ready; index++) {
            int fd = events[index].data.fd;
            switch (slots[fd].kind) {
            case LISTENER: accept_all(fd); break;
            case CLIENT: read_from(fd); break;
            case UPSTREAM: upstream_ready(fd, events[index].events); break;
            case NOTHING: break;
            }
        }
        for (int index = 0; index < BACKENDS; index++)
            while (is_due[index]) {
                is_due[index] = 0;
                curl_multi_socket_action(multis[index], CURL_SOCKET_TIMEOUT, 0, &running);
                finish(index);
            }
    }
}
