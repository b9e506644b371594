// Reading config text through libconfig.

#include "core/config/private/tree_scan.h"
#include "core/config/tree.h"
#include "core/file.h"
#include "core/memory.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 22 };  // bytes of a config file

static const struct {
  int type;
  co_node_kind kind;
} kind_of_type[] = {{CONFIG_TYPE_BOOL, CO_NODE_BOOL},     {CONFIG_TYPE_INT, CO_NODE_INT},
                    {CONFIG_TYPE_INT64, CO_NODE_INT},     {CONFIG_TYPE_FLOAT, CO_NODE_FLOAT},
                    {CONFIG_TYPE_STRING, CO_NODE_STRING}, {CONFIG_TYPE_ARRAY, CO_NODE_ARRAY},
                    {CONFIG_TYPE_LIST, CO_NODE_LIST},     {CONFIG_TYPE_GROUP, CO_NODE_GROUP}};

static bool take_value(co_node *node, const config_setting_t *setting) {
  switch (node->kind) {
    case CO_NODE_BOOL: node->value.boolean = config_setting_get_bool(setting); break;
    case CO_NODE_INT: node->value.integer = config_setting_get_int64(setting); break;
    case CO_NODE_FLOAT: node->value.real = config_setting_get_float(setting); break;
    case CO_NODE_STRING: {
      const char *text = config_setting_get_string(setting);
      node->value.string = co_strdup(text ? text : "");
      return node->value.string;
    }
    default: break;
  }
  return true;
}

static co_status convert(const config_setting_t *setting, const char *file, co_node **out) {
  co_node_kind kind = CO_NODE_GROUP;
  for (size_t i = 0; i < sizeof kind_of_type / sizeof *kind_of_type; i++) {
    if (kind_of_type[i].type == config_setting_type(setting)) kind = kind_of_type[i].kind;
  }
  int line = config_setting_is_root(setting) ? 1 : (int)config_setting_source_line(setting);
  co_node *node = co_node_new(kind, config_setting_name(setting), file, line);
  if (!node || !take_value(node, setting)) {
    co_node_free(node);
    return CO_MEMORY;
  }
  int count = config_setting_is_aggregate(setting) ? config_setting_length(setting) : 0;
  for (int i = 0; i < count; i++) {
    co_node *child;
    co_status status = convert(config_setting_get_elem(setting, (unsigned)i), file, &child);
    if (status == CO_OK) status = co_node_add(node, child);
    if (status != CO_OK) {
      co_node_free(node);
      return status;
    }
  }
  *out = node;
  return CO_OK;
}

co_status co_tree_parse(const char *text, const char *file, co_node **out) {
  static const char mark[] = "\xef\xbb\xbf";  // some editors put a byte order mark before UTF-8
  *out = NULL;
  if (strncmp(text, mark, strlen(mark)) == 0) text += strlen(mark);
  CO_TRY(co_tree_scan(text, file));
  co_buf ended = {0};  // libconfig wants a line end behind a comment
  co_buf_printf(&ended, "%s\n", text);
  CO_TRY(co_buf_status(&ended));
  config_t config;
  config_init(&config);
  co_status status;
  if (config_read_string(&config, ended.data)) {
    status = convert(config_root_setting(&config), file, out);
  } else {
    // the scan let through what libconfig doesn't take
    status = co_fail(CO_CONFIG, "%s:%d: %s", file, config_error_line(&config),
                     config_error_text(&config));
  }
  config_destroy(&config);
  co_buf_free(&ended);
  return status;
}

co_status co_tree_read(const char *path, co_node **out) {
  *out = NULL;
  co_buf text = {0};
  CO_TRY(co_file_read(path, FILE_LIMIT, &text));
  co_status status;
  const char *nul = memchr(text.data, '\0', text.size);
  if (nul) {
    int line = 1;
    for (const char *c = text.data; c < nul; c++) line += *c == '\n';
    status = co_fail(CO_CONFIG, "%s:%d: holds a zero byte, so it is not a text file", path, line);
  } else {
    status = co_tree_parse(text.data, path, out);
  }
  co_buf_free(&text);
  return status;
}
