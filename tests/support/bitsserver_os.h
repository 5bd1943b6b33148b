/*
 * What the upload server needs of its system, on Windows and on POSIX.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_BITSSERVER_OS_H
#define WINE_BITS_TESTS_BITSSERVER_OS_H

#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>
#include <io.h>
#else
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#endif
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef _WIN32

typedef SOCKET socket_handle;
typedef CRITICAL_SECTION mutex;
typedef CONDITION_VARIABLE condition;
typedef int socket_length;

#define NO_SOCKET INVALID_SOCKET
#define THREAD_RESULT DWORD WINAPI
#define SEND_FLAGS 0
#define SHUT_WR SD_SEND
#define close_socket closesocket
#define mutex_init InitializeCriticalSection
#define mutex_destroy DeleteCriticalSection
#define mutex_lock EnterCriticalSection
#define mutex_unlock LeaveCriticalSection
#define condition_init InitializeConditionVariable
#define condition_signal WakeAllConditionVariable

static inline bool thread_start(DWORD(WINAPI *function)(void *), void *argument)
{
    HANDLE thread = CreateThread(NULL, 256 * 1024, function, argument, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);

    if (thread) CloseHandle(thread);
    return thread != NULL;
}

static inline bool condition_wait(condition *condition, mutex *mutex, unsigned int ms)
{
    return SleepConditionVariableCS(condition, mutex, ms);
}

static inline uint64_t milliseconds(void)
{
    return GetTickCount64();
}

/* Bytes that nobody can guess. */
static inline bool random_bytes(void *buffer, size_t size)
{
    HMODULE module = LoadLibraryA("advapi32.dll");
    BOOLEAN(WINAPI * generate)(void *, ULONG) = module ? (void *)GetProcAddress(module, "SystemFunction036") : NULL;

    return generate && generate(buffer, size);
}

static inline int file_open(const char *path)
{
    return _open(path, _O_RDONLY | _O_BINARY);
}

static inline int file_create(const char *path)
{
    return _open(path, _O_RDWR | _O_CREAT | _O_TRUNC | _O_BINARY, 0600);
}

#define file_close _close
#define file_read _read
#define file_write _write
#define file_seek(file, offset) _lseeki64(file, offset, SEEK_SET)

static inline bool file_resize(int file, uint64_t size)
{
    /* _chsize_s writes zeros, which takes long. */
    LARGE_INTEGER end = {.QuadPart = size};

    return SetFilePointerEx((HANDLE)_get_osfhandle(file), end, NULL, FILE_BEGIN) &&
           SetEndOfFile((HANDLE)_get_osfhandle(file));
}

static inline bool file_size(int file, uint64_t *size)
{
    *size = _filelengthi64(file);
    return *size != (uint64_t)-1;
}

static inline bool file_exists(const char *path)
{
    return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

static inline bool file_is_directory(const char *path)
{
    DWORD attributes = GetFileAttributesA(path);

    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

/* Another name; without replacing a file in one step. */
static inline bool file_rename(const char *from, const char *to, bool replace)
{
    return MoveFileExA(from, to, replace ? MOVEFILE_REPLACE_EXISTING : 0);
}

#else

typedef int socket_handle;
typedef pthread_mutex_t mutex;
typedef pthread_cond_t condition;
typedef socklen_t socket_length;

#define NO_SOCKET (-1)
#define THREAD_RESULT void *
#define SEND_FLAGS MSG_NOSIGNAL
#define close_socket close
#define mutex_init(mutex) pthread_mutex_init(mutex, NULL)
#define mutex_destroy pthread_mutex_destroy
#define mutex_lock pthread_mutex_lock
#define mutex_unlock pthread_mutex_unlock
#define condition_init(condition) pthread_cond_init(condition, NULL)
#define condition_signal pthread_cond_broadcast

static inline bool thread_start(void *(*function)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, function, argument)) return false;
    pthread_detach(thread);
    return true;
}

static inline bool condition_wait(condition *condition, mutex *mutex, unsigned int ms)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += ms % 1000 * 1000000;
    if (end.tv_nsec >= 1000000000)
    {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return !pthread_cond_timedwait(condition, mutex, &end);
}

static inline uint64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Bytes that nobody can guess. */
static inline bool random_bytes(void *buffer, size_t size)
{
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool done = file >= 0 && read(file, buffer, size) == (ssize_t)size;

    if (file >= 0) close(file);
    return done;
}

/* No symbolic link leads out of the directory. */
static inline int file_open(const char *path)
{
    struct stat info;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (file >= 0 && (fstat(file, &info) || !S_ISREG(info.st_mode)))
    {
        close(file);
        return -1;
    }
    return file;
}

static inline int file_create(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
}

#define file_close close
#define file_read read
#define file_write write
#define file_seek(file, offset) lseek(file, offset, SEEK_SET)

static inline bool file_resize(int file, uint64_t size)
{
    return !ftruncate(file, size);
}

static inline bool file_size(int file, uint64_t *size)
{
    struct stat info;

    if (fstat(file, &info)) return false;
    *size = info.st_size;
    return true;
}

static inline bool file_exists(const char *path)
{
    struct stat info;

    return !lstat(path, &info);
}

static inline bool file_is_directory(const char *path)
{
    struct stat info;

    return !lstat(path, &info) && S_ISDIR(info.st_mode);
}

/* Another name; without replacing a file in one step. */
static inline bool file_rename(const char *from, const char *to, bool replace)
{
    if (replace) return !rename(from, to);
    return !link(from, to) && !unlink(from);
}

#endif

#endif
