#include "envs/domain/preset.h"

#include "core/config/config_file.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/text.h"
#include "envs/domain/domain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kFolder[] = "configs/domains";

// ---- one file

static co_status append(co_presets *all, const char *prefix, const char *name, const char *task,
                        const co_node *domain) {
  co_preset *grown = co_realloc(all->preset, (size_t)(all->count + 1), sizeof *grown);
  if (!grown) return CO_MEMORY;
  all->preset = grown;
  co_preset *one = &grown[all->count];
  size_t size = strlen(prefix) + strlen(name) + 2;
  *one = (co_preset){.name = co_alloc(size, 1),
                     .task = task ? co_strdup(task) : NULL,
                     .domain = co_node_copy(domain)};
  all->count++;
  if (!one->name || !one->domain || (task && !one->task)) return CO_MEMORY;
  snprintf(one->name, size, "%s%s%s", prefix, *prefix ? "/" : "", name);
  return CO_OK;
}

static const char *text_of(const co_node *group, const char *key) {
  const co_node *node = co_node_get(group, key);
  return node && node->kind == CO_NODE_STRING ? node->value.string : NULL;
}

static bool is_list(const co_node *node) {
  return node && node->kind == CO_NODE_LIST;
}

static co_status read_member(const co_node *member, const char *collection, co_presets *all) {
  const char *name = text_of(member, "name");
  const co_node *domain = co_node_get(member, "domain");
  bool task = co_node_get(member, "task");
  if (!name || !is_list(domain) || (task && !text_of(member, "task")) ||
      member->count != 2 + task) {
    return co_fail(CO_CONFIG,
                   "%s:%d: presets: each is { name = \"...\"; task = \"...\"; domain = ( ... ); }",
                   member->file, member->line);
  }
  for (int i = 0; i < all->count; i++) {
    const char *slash = strchr(all->preset[i].name, '/');
    bool twice = slash && strcmp(slash + 1, name) == 0 &&
                 strncmp(all->preset[i].name, collection, strlen(collection)) == 0 &&
                 all->preset[i].name[strlen(collection)] == '/';
    if (twice) {
      return co_fail(CO_CONFIG, "%s:%d: name: \"%s\" appears twice", member->file, member->line,
                     name);
    }
  }
  return append(all, collection, name, text_of(member, "task"), domain);
}

// One domain, or the members of a collection, of the file at `path`.
static co_status read_file(const char *path, co_presets *all) {
  co_node *tree = NULL;
  char stem[256];
  const char *base = co_path_base(path);
  snprintf(stem, sizeof stem, "%.*s", (int)co_config_stem(base), base);
  CO_TRY(co_tree_read(path, &tree));
  const co_node *domain = co_node_get(tree, "domain"), *presets = co_node_get(tree, "presets");
  co_status status = CO_OK;
  if (tree->count != 1 || !is_list(domain ? domain : presets)) {
    status = co_fail(CO_CONFIG,
                     "%s:1: domain: a domain file holds one list, domain = ( ... ); or "
                     "presets = ( ... );",
                     path);
  } else if (domain) {
    status = append(all, "", stem, NULL, domain);
  }
  for (int i = 0; status == CO_OK && presets && i < presets->count; i++) {
    status = read_member(presets->child[i], stem, all);
  }
  co_node_free(tree);
  return status;
}

void co_presets_free(co_presets *presets) {
  for (int i = 0; i < presets->count; i++) {
    free(presets->preset[i].name);
    free(presets->preset[i].task);
    co_node_free(presets->preset[i].domain);
  }
  free(presets->preset);
  *presets = (co_presets){0};
}

// ---- all files

co_status co_presets_read(co_presets *out) {
  char *folder = NULL;
  co_names names = {0};
  *out = (co_presets){0};
  CO_TRY(co_data_find(kFolder, &folder));
  co_status status = co_dir_list(folder, &names);
  for (int i = 0; status == CO_OK && i < names.count; i++) {
    if (co_config_stem(names.name[i]) == strlen(names.name[i])) continue;
    char *path = co_path_join(folder, names.name[i]);
    status = path ? read_file(path, out) : CO_MEMORY;
    free(path);
  }
  co_names_free(&names);
  free(folder);
  if (status != CO_OK) co_presets_free(out);
  return status;
}

// ---- one by name

// The one domain of `presets` with that name, taken out of them; NULL: there is none.
static co_node *take(co_presets *presets, const char *name) {
  for (int i = 0; i < presets->count; i++) {
    if (strcmp(presets->preset[i].name, name) != 0) continue;
    co_node *domain = presets->preset[i].domain;
    presets->preset[i].domain = NULL;
    return domain;
  }
  return NULL;
}

static co_status fail_missing(const co_presets *presets, const char *name) {
  const char **names = co_alloc((size_t)presets->count + 1, sizeof *names);
  if (!names) return CO_MEMORY;
  for (int i = 0; i < presets->count; i++) names[i] = presets->preset[i].name;
  const char *near = co_suggest(name, names, presets->count);
  co_status status = co_fail(CO_NO_INPUT, "no domain \"%s\" in %s%s%s%s", name, kFolder,
                             near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  free(names);
  return status;
}

static co_status load_named(const char *name, co_node **out) {
  co_presets presets;
  CO_TRY(co_presets_read(&presets));
  *out = take(&presets, name);
  co_status status = *out ? CO_OK : fail_missing(&presets, name);
  co_presets_free(&presets);
  return status;
}

static co_status load_path(const char *path, co_node **out) {
  co_presets one = {0};
  co_status status = read_file(path, &one);
  bool single = status == CO_OK && one.count == 1 && !strchr(one.preset[0].name, '/');
  if (status == CO_OK && !single) {
    status = co_fail(CO_CONFIG, "%s:1: presets: a collection: name one of its domains", path);
  }
  if (status == CO_OK) {
    *out = one.preset[0].domain;
    one.preset[0].domain = NULL;
  }
  co_presets_free(&one);
  return status;
}

// A file that exists is meant as such, so that "odrl/x" may be a path too.
static bool is_path(const char *name) {
  return co_config_stem(name) < strlen(name) || co_file_exists(name);
}

co_status co_domain_load(const char *name, co_node **out) {
  return is_path(name) ? load_path(name, out) : load_named(name, out);
}

// ---- as commands are given them

// config text, of which nothing may stand behind the shifts
static co_status parse(const char *text, co_node **out) {
  bool is_list = text[0] == '(';
  co_buf source = {0};
  co_node *root = NULL;
  co_buf_printf(&source, "domain = %s%s%s;", is_list ? "" : "(", text, is_list ? "" : ")");
  co_status status = co_buf_status(&source);
  if (status == CO_OK) status = co_tree_parse(source.data, "--domain", &root);
  co_buf_free(&source);
  CO_TRY(status);
  bool one_list = root->count == 1;
  *out = one_list ? co_node_copy(root->child[0]) : NULL;
  co_node_free(root);
  if (!one_list)
    return co_fail(CO_CONFIG, "--domain: something stands behind the shifts: %s", text);
  return *out ? CO_OK : CO_MEMORY;
}

// appends the shifts of one text
static co_status append_shifts(const char *text, co_node *list) {
  co_node *part;
  bool is_config = text[0] == '(' || text[0] == '{';
  CO_TRY(is_config ? parse(text, &part) : co_domain_load(text, &part));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < part->count; i++) {
    co_node *shift = co_node_copy(part->child[i]);
    status = shift ? co_node_add(list, shift) : CO_MEMORY;
  }
  co_node_free(part);
  return status;
}

co_status co_domains_read(const char *option, const char *const *text, int count, co_node **out) {
  assert(count >= 0 && (text || count == 0));
  *out = NULL;
  if (count == 0) return CO_OK;
  co_node *list = co_node_new(CO_NODE_LIST, "domain", option, 0);
  co_status status = list ? CO_OK : CO_MEMORY;
  for (int i = 0; status == CO_OK && i < count; i++) status = append_shifts(text[i], list);
  if (status != CO_OK) {
    co_node_free(list);
    return status;
  }
  *out = list;
  return CO_OK;
}

// ---- whom it is for

static const char *task_of(const co_presets *presets, const char *name) {
  for (int i = 0; i < presets->count; i++)
    if (strcmp(presets->preset[i].name, name) == 0) return presets->preset[i].task;
  return NULL;
}

co_status co_domain_find_task(const char *name, char out[CO_NAME]) {
  *out = '\0';
  if (is_path(name)) return CO_OK;
  co_presets presets;
  CO_TRY(co_presets_read(&presets));
  const char *task = task_of(&presets, name);
  if (task) snprintf(out, CO_NAME, "%s", task);
  co_presets_free(&presets);
  return CO_OK;
}

co_status co_domain_file_check(const char *path) {
  co_presets all = {0};
  co_arena arena = {0};
  co_schema_errors errors = {0};
  co_status status = read_file(path, &all);
  for (int i = 0; status == CO_OK && i < all.count; i++) {
    co_domain_def domain;
    co_domain_read(all.preset[i].domain, &arena, &domain, &errors);
  }
  co_presets_free(&all);
  co_arena_free(&arena);
  co_status found = co_schema_finish(&errors);
  return status == CO_OK ? found : status;
}
