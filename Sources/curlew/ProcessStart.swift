// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What has to be so before anything else is done.
enum ProcessStart {
    /// Sees to it that descriptors 0 to 2 are open: the next thing that was opened would take the number of one that is not,
    /// and what is meant for standard error would go to a client.
    ///
    /// Each is `/dev/null`, opened the wrong way round, as the C library does it for programs with privileges: reading from
    /// this standard input, and writing to this standard output, fails as it would where they are closed.
    static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // open(2): "The file descriptor returned by a successful call will be the lowest-numbered file descriptor not
            // currently open for the process."
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Has signals that ask a gateway for something wait until it hears them, instead of ending the process meanwhile. Those
    /// that are to end it still do.
    static func holdBackRequests() {
        var requests = sigset_t()
        // A local that outlives the calls.
        unsafe sigemptyset(&requests)
        for signal in [SIGHUP, SIGUSR1, SIGUSR2] { unsafe sigaddset(&requests, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &requests, nil)
    }
}
