// Shows the thread sanitizer what it cannot see of Swift's runtime, which is not built with it: in what order threads own
// a Mutex and an object. Without this file it reports every access under a contended Mutex as a race.
//
// scripts/sanitize.sh preloads it. It adds no order that the machine does not keep, and hides no race for that reason.
//
// Mutex. On Linux it is a futex. The uncontended path is compiled into the caller, with the sanitizer's marks; who has to
// wait goes into libswiftSynchronization, which has none, and the kernel hands the lock over. The functions of that path
// are found here first, call the library's own, and mark the same address as the uncontended path does.
//
// Counts of references. Whoever gives up an object is done with it before the last owner frees it, or before the only one
// left writes to it, as arrays do. So giving up is a release, and being the only one left an acquire.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// There in programs that are built with the sanitizer; `swift test` itself, which is preloaded as well, is not.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

static void *original(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function) return function;
    fprintf(stderr, "thread-sanitizer-swift: Swift's runtime has no %s\n", name);
    abort();
}

// --- Mutex -----------------------------------------------------------------------------------------------------------

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
// Synchronization._MutexHandle._lockSlow(_: UInt32), ._tryLockSlow() -> Bool and ._unlockSlow().
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void (*lock_function)(uint32_t, SELF void *);
typedef SWIFT bool (*try_lock_function)(SELF void *);
typedef SWIFT void (*unlock_function)(SELF void *);

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT bool try_lock_slow(SELF void *mutex) __asm__(TRY_LOCK);
SWIFT void unlock_slow(SELF void *mutex) __asm__(UNLOCK);

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) {
    ((lock_function)original(LOCK))(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT bool try_lock_slow(SELF void *mutex) {
    bool is_locked = ((try_lock_function)original(TRY_LOCK))(mutex);
    if (is_locked && __tsan_acquire) __tsan_acquire(mutex);
    return is_locked;
}

SWIFT void unlock_slow(SELF void *mutex) {
    if (__tsan_release) __tsan_release(mutex);
    ((unlock_function)original(UNLOCK))(mutex);
}

// --- Counts of references --------------------------------------------------------------------------------------------

typedef void (*release_function)(void *, uint32_t);
typedef bool (*is_unique_function)(void *);

__attribute__((weak)) size_t swift_retainCount(void *object);

/// Where the count is; the object's first word has marks of its own when it is an actor or a task.
static void *count_address(void *object) { return (char *)object + 8; }

/// Of two threads that give up an object at a time, the second must see that it is the last. These locks see to that,
/// and the sanitizer takes no notice of them.
static atomic_flag guards[1024];

void swift_release_n(void *object, uint32_t n) {
    static _Atomic(release_function) runtime;
    release_function give_up = atomic_load_explicit(&runtime, memory_order_relaxed);
    if (!give_up) {
        give_up = (release_function)original("swift_release_n");
        atomic_store_explicit(&runtime, give_up, memory_order_relaxed);
    }
    // Null, or no object but a value in its place.
    if ((intptr_t)object <= 0) return;
    if (!__tsan_release) return give_up(object, n);

    atomic_flag *guard = &guards[((uintptr_t)object >> 4) % 1024];
    while (atomic_flag_test_and_set_explicit(guard, memory_order_acquire)) sched_yield();
    bool is_last = swift_retainCount(object) <= n;
    if (!is_last) {
        __tsan_release(count_address(object));
        give_up(object, n);
    }
    atomic_flag_clear_explicit(guard, memory_order_release);
    if (!is_last) return;
    // Without the lock: what the object owns is given up in here.
    __tsan_acquire(count_address(object));
    give_up(object, n);
}

void swift_release(void *object) { swift_release_n(object, 1); }

/// References of strings and collections have bits of their own beside the address.
void swift_bridgeObjectRelease_n(void *object, uint32_t n) {
    if ((intptr_t)object > 0) swift_release_n((void *)((uintptr_t)object & 0x00fffffffffffff8), n);
}

void swift_bridgeObjectRelease(void *object) { swift_bridgeObjectRelease_n(object, 1); }

/// Arrays, dictionaries and the like ask before they write in place.
bool swift_isUniquelyReferenced_nonNull_native(void *object) {
    static _Atomic(is_unique_function) runtime;
    is_unique_function ask = atomic_load_explicit(&runtime, memory_order_relaxed);
    if (!ask) {
        ask = (is_unique_function)original("swift_isUniquelyReferenced_nonNull_native");
        atomic_store_explicit(&runtime, ask, memory_order_relaxed);
    }
    bool is_unique = ask(object);
    if (is_unique && __tsan_acquire) __tsan_acquire(count_address(object));
    return is_unique;
}
