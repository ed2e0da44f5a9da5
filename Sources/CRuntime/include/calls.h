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
//
// libcurl offers no option for any of this. It finds `clock_gettime` and `poll` in the program before it looks into the C library, as it
// would find another malloc; everybody else in the process, and libcurl on threads of its own, is passed on to the C library's.
#ifndef CURLEW_CALLS_H
#define CURLEW_CALLS_H

// This thread goes into libcurl, and comes out of it. The two come in pairs, and never one within another.
void curlew_enter_libcurl(void);
void curlew_leave_libcurl(void);

// libcurl is about to send a request, on the connection that it has looked at last if it has looked at any.
void curlew_libcurl_sends(void);

// Nobody uses the socket, so that whatever comes there is nobody's: from now on libcurl is told that it has failed if there is
// something to read. Returns 0 where libcurl is not told, since these calls are not answered here.
int curlew_expect_silence(int socket);

// Somebody uses the socket, or it is a new one: the number of one that was closed may be used again.
void curlew_expect_anything(int socket);

// Before a thread ends: frees what it knows of sockets.
void curlew_forget_sockets(void);

#endif
