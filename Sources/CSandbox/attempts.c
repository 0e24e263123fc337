#define _GNU_SOURCE
#include "CSandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int opened(int descriptor) {
    if (descriptor < 0) return errno;
    close(descriptor);
    return 0;
}

static int allocate(void) {
    // Freed never: the point is to run out.
    for (int i = 0; i < 4096; i++) {
        char *memory = malloc(16 << 20);
        if (memory == NULL) return ENOMEM;
        memset(memory, 1, 16 << 20);
    }
    return 0;
}

int nft_sandbox_try(nft_sandbox_attempt attempt) {
    switch (attempt) {
    case NFT_SANDBOX_SOCKET: return opened(socket(AF_INET, SOCK_STREAM, 0));
    case NFT_SANDBOX_CONNECT: {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return connect(3, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    }
    case NFT_SANDBOX_WRITE_FILE: return opened(open("/dev/null", O_WRONLY));
    case NFT_SANDBOX_CREATE_FILE: return opened(open("/tmp/nftopia-escape", O_RDONLY | O_CREAT, 0600));
    case NFT_SANDBOX_FORK: {
        pid_t child = fork();
        if (child == 0) _exit(0);
        if (child < 0) return errno;
        waitpid(child, NULL, 0);
        return 0;
    }
    case NFT_SANDBOX_EXECUTE: {
        char *const none[] = {NULL};
        execve("/bin/true", none, none);
        return errno;
    }
    case NFT_SANDBOX_TRACE: return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
    case NFT_SANDBOX_SIGNAL_PARENT: return kill(getppid(), 0) == 0 ? 0 : errno;
    case NFT_SANDBOX_EXECUTABLE_MEMORY: {
        void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return memory == MAP_FAILED ? errno : 0;
    }
    case NFT_SANDBOX_READ_PASSWD: return opened(open("/etc/passwd", O_RDONLY));
    case NFT_SANDBOX_READ_FONTS: return opened(open("/usr/share/fonts", O_RDONLY | O_DIRECTORY));
    case NFT_SANDBOX_ALLOCATE: return allocate();
    case NFT_SANDBOX_CRASH: *(volatile int *)8 = 1; return 0;
    case NFT_SANDBOX_HANG: for (;;) usleep(1000000);
    case NFT_SANDBOX_SPIN: for (volatile uint64_t i = 0;; i++) {}
    }
    return ENOSYS;
}
