// SPDX-License-Identifier: Apache-2.0
//
// Calls of the C library that libcurl makes more often than it needs to. While a thread is inside libcurl on behalf of a
// loop, they are answered here:
//
// - libcurl reads the clock thirty times in a request. Within one call of it, time is read anew every 32nd time only, so it
//   stands still for some microseconds, and never for ever.
// - Before it sends on a connection that has been used before, it looks at whether that is still alive (poll, 0 ms), which is
//   needed. As soon as it has sent, it looks at the same socket again, for an answer that cannot be there yet. The second
//   look is answered "nothing yet" without the kernel: the loop hears of the answer when it comes.
// - A connection that is used by nobody may have something to read all the same: an answer that comes too late, or an attack. Before
//   8.0 libcurl takes it for one that is well, and the next request gets what is there for its answer. Here it is called broken.
// - It receives every byte of a body into its own buffer, from which the byte is sent again. Of a long body that passes as it is, the
//   bytes are moved into a pipe instead, without a copy, and from there to the client. libcurl is told how many they are, as ever; what
//   it hands on is whatever lies in its buffer, and nobody looks at that. So it is with what it sends: the bytes of a long body come
//   from a pipe, in place of those in its buffer.
// - A backend that refuses a long request answers, and breaks the connection with the rest of it unread. libcurl goes on to send,
//   fails, and never reads the answer, which is there. Here it is told that the socket takes nothing now, so that it reads first.
//
// libcurl offers no option for any of this. It finds `clock_gettime`, `poll`, `recv` and `send` in the program before it looks into the C library, as it
// would find another malloc; everybody else in the process, and libcurl on threads of its own, is passed on to the C library's.
#ifndef CURLEW_CALLS_H
#define CURLEW_CALLS_H

#include <stddef.h>

// This thread goes into libcurl, and comes out of it. The two come in pairs, and never one within another.
void curlew_enter_libcurl(void);
void curlew_leave_libcurl(void);

// libcurl is about to send a request, on the connection that it has looked at last if it has looked at any.
void curlew_libcurl_sends(void);

// Nobody uses the socket, so that whatever comes there is nobody's: from now on libcurl is told that it has failed if there is
// something to read. Returns 0 where libcurl is not told, since these calls are not answered here.
int curlew_expect_silence(int socket);

// Somebody uses the socket.
void curlew_expect_anything(int socket);

// From now on what libcurl receives on the socket goes into the pipe, whose writing end does not block. To be called from within
// libcurl, as it hands on what it has received on that socket; returns 0 where that is not so, or these calls are not answered here.
int curlew_splice(int socket, int pipe);

// How many bytes of the socket's are in the pipe that libcurl has not handed on yet: what it hands on next are these.
size_t curlew_unseen(int socket);

// So many of them have been handed on.
void curlew_seen(int socket, size_t count);

// libcurl keeps something of the socket's that it is to hand on again later; newer versions go on receiving all the same now and
// then. Until it has been handed on, there is nothing to receive: else nobody could tell what is in the pipe from what is not.
void curlew_hold_splice(int socket, int is_held);

// Ends what curlew_splice() began with that pipe.
void curlew_end_splice(int socket, int pipe);

// An answer whose head has come on the socket is read before it is told that nothing more can be sent.
int curlew_reads_before_it_fails(int socket);

// The head of the answer has been handed on: what comes behind it may have to wait, and does not hold back that nothing more can be sent.
void curlew_answer_begins(int socket);

// The next bytes that libcurl is given to send on the socket may be others' stand-ins; see curlew_send_from_pipe().
int curlew_may_send_from_pipe(int socket);

// The `count` bytes at `bytes`, in libcurl's buffer, stand for as many in the pipe: when libcurl sends them, those are sent. Returns 0,
// and does nothing, where others that stand for some have not been sent yet, or these calls are not answered here.
int curlew_send_from_pipe(int socket, int pipe, const void *bytes, size_t count);

// Ends what curlew_send_from_pipe() began with that pipe: what has not been sent will not be.
void curlew_end_sending(int socket, int pipe);

// The socket is a new one. Only where what comes is HTTP/1.1 as it is, and not TLS or HTTP/2, may it be spliced.
void curlew_opened(int socket, int is_plain);

// Its number may come to mean something else: what was said of it holds no longer. libcurl may close one without a word, so
// curlew_opened() has the same effect.
void curlew_closed(int socket);

// Before a thread ends: frees what it knows of sockets.
void curlew_forget_sockets(void);

#endif
