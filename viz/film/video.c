#include "viz/film/private/video.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/unconst.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct co_video {
  char *path, *temporary;  // owned
  char *url;               // of the temporary file, owned
  int width, height;
  pid_t child;
  int frames;  // our end of the socket
  int words;   // what ffmpeg says, an anonymous file
};

// --- the process

typedef struct command_line {
  char size[32], rate[16];
  const char *argument[40];
} command_line;

// Bit-exact: no version, no date. Faststart lets a browser begin before it has all.
static void make_command(const co_video *video, int fps, command_line *out) {
  snprintf(out->size, sizeof out->size, "%dx%d", video->width, video->height);
  snprintf(out->rate, sizeof out->rate, "%d", fps);
  const char *const arguments[] = {
      "ffmpeg",    "-hide_banner", "-nostdin",  "-nostats", "-loglevel",
      "error",     "-y",           "-f",        "rawvideo", "-pix_fmt",
      "rgb24",     "-s",           out->size,   "-r",       out->rate,
      "-i",        "pipe:0",       "-an",       "-vf",      "pad=ceil(iw/2)*2:ceil(ih/2)*2",
      "-pix_fmt",  "yuv420p",      "-preset",   "veryfast", "-crf",
      "20",        "-fflags",      "+bitexact", "-flags:v", "+bitexact",
      "-movflags", "+faststart",   "-f",        "mp4",      video->url,
      NULL};
  static_assert(sizeof arguments <= sizeof out->argument, "room for all arguments");
  memcpy(out->argument, arguments, sizeof arguments);
}

static char *temporary_name(const char *path) {
  char *folder = co_path_dir(path), name[512], *joined = NULL;
  snprintf(name, sizeof name, ".%.200s.%ld.tmp", co_path_base(path), (long)getpid());
  if (folder) joined = co_path_join(folder, name);
  free(folder);
  return joined;
}

// A path that begins with a dash or looks like "http:" is a file all the same.
static char *file_url(const char *path) {
  static const char scheme[] = "file:";
  size_t size = strlen(path) + sizeof scheme;
  char *url = co_alloc(size, 1);
  if (url) snprintf(url, size, "%s%s", scheme, path);
  return url;
}

// Signals of the terminal are for us: the child has a group of its own and ends with its input.
static int spawn(const co_video *video, const command_line *command, int input, pid_t *out) {
  extern char **environ;
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, usual;
  sigemptyset(&none);
  sigfillset(&usual);
  int error = posix_spawn_file_actions_init(&files);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&files);
    return error;
  }
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, video->words, STDERR_FILENO);
  error = posix_spawnp(out, "ffmpeg", &files, &attributes, co_unconst(command->argument), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

static co_status start(co_video *video, int fps) {
  int pair[2];
  command_line command;
  make_command(video, fps, &command);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return co_fail(CO_IO, "%s: %s", video->path, strerror(errno));
  int error = spawn(video, &command, pair[1], &video->child);
  close(pair[1]);
  video->frames = pair[0];
  if (error == 0) return CO_OK;
  video->child = 0;
  if (error == ENOENT)
    return co_fail(CO_CREATE,
                   "%s: there is no ffmpeg: please install ffmpeg, or give a folder for PNG files",
                   video->path);
  return co_fail(CO_CREATE, "%s: cannot start ffmpeg: %s", video->path, strerror(error));
}

// --- its end

// The first line of what it said, or how it ended.
static void describe_end(const co_video *video, int status, char *out, size_t size) {
  ssize_t length = pread(video->words, out, size - 1, 0);
  out[length > 0 ? length : 0] = '\0';
  out[strcspn(out, "\n")] = '\0';
  if (*out) return;
  if (WIFSIGNALED(status))
    snprintf(out, size, "ended by signal %d", WTERMSIG(status));
  else
    snprintf(out, size, "exit code %d", WEXITSTATUS(status));
}

static co_status failed(const co_video *video, int status) {
  char text[512];
  describe_end(video, status, text, sizeof text);
  return co_fail(CO_IO, "%s: ffmpeg failed: %s", video->path, text);
}

// Waits for the child, whose input has ended.
static co_status reap(co_video *video) {
  int status = 0;
  pid_t ended;
  do ended = waitpid(video->child, &status, 0);
  while (ended < 0 && errno == EINTR);
  video->child = 0;
  if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return CO_OK;
  return failed(video, status);
}

static uint64_t big_endian(const unsigned char *bytes, int count) {
  uint64_t number = 0;
  for (int i = 0; i < count; i++) number = number << 8 | bytes[i];
  return number;
}

// Whether an MP4 file has all of its boxes, which begin with their size and name, and the index
// among them (ISO/IEC 14496-12, 4.2).
static bool has_all_boxes(FILE *file, uint64_t size) {
  bool has_index = false;
  for (uint64_t at = 0, box; at < size; at += box) {
    unsigned char head[16] = {0};
    if (fseeko(file, (off_t)at, SEEK_SET) != 0 || fread(head, 1, sizeof head, file) < 8)
      return false;
    box = big_endian(head, 4);
    if (box == 1) box = big_endian(head + 8, 8);
    if (box < 8 || box > size - at) return false;
    has_index = has_index || memcmp(head + 4, "moov", 4) == 0;
  }
  return has_index;
}

// ffmpeg calls it a success, too, when it could not write the end of the file.
static co_status check_whole(const co_video *video) {
  struct stat of;
  FILE *file = fopen(video->temporary, "rbe");
  bool whole = file && fstat(fileno(file), &of) == 0 && has_all_boxes(file, (uint64_t)of.st_size);
  if (file) fclose(file);
  return whole ? CO_OK : failed(video, 0);
}

static void end_input(co_video *video) {
  if (video->frames >= 0) close(video->frames);
  video->frames = -1;
}

static void destroy(co_video *video) {
  end_input(video);
  if (video->words >= 0) close(video->words);
  free(video->path);
  free(video->temporary);
  free(video->url);
  free(video);
}

void co_video_abandon(co_video *video) {
  if (!video) return;
  if (video->child) {
    kill(video->child, SIGKILL);
    while (waitpid(video->child, NULL, 0) < 0 && errno == EINTR) continue;
  }
  if (video->temporary) unlink(video->temporary);
  destroy(video);
}

// --- the file

// The temporary file is made here, so that a folder that cannot be written is told by its reason.
static co_status create_file(co_video *video) {
  if (co_dir_exists(video->path)) return co_fail(CO_CREATE, "%s: is a folder", video->path);
  int file = open(video->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return co_fail(CO_CREATE, "%s: %s", video->path, strerror(errno));
  close(file);
  return CO_OK;
}

static co_status open_all(co_video *video, const char *path, int fps) {
  video->path = co_strdup(path);
  video->temporary = temporary_name(path);
  if (video->temporary) video->url = file_url(video->temporary);
  if (!video->path || !video->url) return CO_MEMORY;
  video->words = memfd_create("ffmpeg", MFD_CLOEXEC);
  if (video->words < 0) return co_fail(CO_IO, "%s: %s", path, strerror(errno));
  CO_TRY(create_file(video));
  co_status status = start(video, fps);
  if (status != CO_OK) unlink(video->temporary);
  return status;
}

co_status co_video_open(const char *path, int width, int height, int fps, co_video **out) {
  assert(width > 0 && height > 0 && fps > 0);
  co_video *video = co_alloc(1, sizeof *video);
  if (!video) return CO_MEMORY;
  *video = (co_video){.width = width, .height = height, .frames = -1, .words = -1};
  co_status status = open_all(video, path, fps);
  if (status != CO_OK) {
    destroy(video);
    return status;
  }
  *out = video;
  return CO_OK;
}

// A socket, not a pipe: a child that is gone is an error and no signal.
static bool send_all(int to, const unsigned char *bytes, size_t size) {
  while (size > 0) {
    ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= (size_t)sent;
  }
  return true;
}

co_status co_video_add(co_video *video, const co_image *image) {
  assert(image->width == video->width && image->height == video->height);
  size_t row = 3 * (size_t)image->width;
  bool whole = image->stride == row, sent = true;
  if (!video->child) return co_fail(CO_IO, "%s: ffmpeg has ended", video->path);
  if (whole) sent = send_all(video->frames, image->rgb, row * (size_t)image->height);
  for (int y = 0; !whole && sent && y < image->height; y++)
    sent = send_all(video->frames, image->rgb + (size_t)y * image->stride, row);
  if (sent) return CO_OK;
  end_input(video);
  co_status status = reap(video);
  return status == CO_OK ? co_fail(CO_IO, "%s: ffmpeg ended early", video->path) : status;
}

co_status co_video_close(co_video *video) {
  end_input(video);
  co_status status =
      video->child ? reap(video) : co_fail(CO_IO, "%s: ffmpeg has ended", video->path);
  if (status == CO_OK) status = check_whole(video);
  if (status == CO_OK && rename(video->temporary, video->path) != 0)
    status = co_fail(CO_CREATE, "%s: %s", video->path, strerror(errno));
  if (status != CO_OK) {
    unlink(video->temporary);
    destroy(video);
    return status;
  }
  destroy(video);
  return CO_OK;
}
