/* Sends prepared frames at a pace, and stamps the lines that come of them: what measures must cost
   little beside what is measured. Both print the moments (CLOCK_MONOTONIC, ns) as 64-bit integers.

   wire send FD RATE COUNT   frames on standard input: a 32-bit length, then the bytes, each
   wire read KEY FIRST COUNT lines on standard input: the number behind KEY, less FIRST, is whose
                             moment this is
*/
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void wait_until(int64_t moment) {
    struct timespec t = {moment / 1000000000LL, moment % 1000000000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void fill(void *to, size_t size) {
    if (fread(to, 1, size, stdin) != size) exit(2);
}

static int send_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return -1;
        data += sent, size -= sent;
    }
    return 0;
}

static int send_paced(int fd, double rate, int64_t count) {
    char **frames = malloc(count * sizeof *frames);
    uint32_t *sizes = malloc(count * sizeof *sizes);
    int64_t *moments = calloc(2 * count, sizeof *moments); /* planned, and sent */
    for (int64_t i = 0; i < count; i++) {
        fill(&sizes[i], sizeof sizes[i]);
        fill(frames[i] = malloc(sizes[i]), sizes[i]);
    }
    prctl(PR_SET_TIMERSLACK, 1);
    int64_t begin = now() + 100000000;
    for (int64_t i = 0; i < count; i++) {
        moments[2 * i] = begin + (int64_t)(i * 1e9 / rate);
        wait_until(moments[2 * i]);
        moments[2 * i + 1] = now();
        if (send_all(fd, frames[i], sizes[i]) < 0) break;
    }
    fwrite(moments, sizeof *moments, 2 * count, stdout);
    return fflush(stdout);
}

static int read_lines(const char *key, int64_t first, int64_t count) {
    size_t room = 1 << 22, kept = 0, key_size = strlen(key);
    char *data = malloc(room);
    int64_t *moments = calloc(count, sizeof *moments), seen = 0;
    ssize_t got;
    while (seen < count && (got = read(0, data + kept, room - kept)) > 0) {
        int64_t moment = now();
        char *line = data, *end = data + kept + got, *stop;
        while ((stop = memchr(line, '\n', end - line)) != NULL) {
            char *found = memmem(line, stop - line, key, key_size);
            int64_t place = found ? strtoll(found + key_size, NULL, 10) - first : -1;
            if (place >= 0 && place < count && !moments[place]) moments[place] = moment, seen++;
            line = stop + 1;
        }
        kept = end - line;
        memmove(data, line, kept);
    }
    fwrite(moments, sizeof *moments, count, stdout);
    return fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc == 5 && !strcmp(argv[1], "send"))
        return send_paced(atoi(argv[2]), atof(argv[3]), atoll(argv[4]));
    if (argc == 5 && !strcmp(argv[1], "read"))
        return read_lines(argv[2], atoll(argv[3]), atoll(argv[4]));
    return 2;
}
