// Tables for LaTeX, and BibTeX entries of what a study used.

#include "transfer/report/private/parts.h"
#include "transfer/report/report.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- text

// What LaTeX would take for its own is escaped; the minus of numbers is its own.
static void put_text(co_buf *out, const char *text) {
  static const char special[] = "#$%&_{}";
  for (; text && *text; text++) {
    if (strchr(special, *text)) {
      co_buf_printf(out, "\\%c", *text);
    } else if (*text == '\\') {
      co_buf_puts(out, "\\textbackslash{}");
    } else if (*text == '~') {
      co_buf_puts(out, "\\textasciitilde{}");
    } else if (*text == '^') {
      co_buf_puts(out, "\\textasciicircum{}");
    } else {
      co_buf_add(out, text, 1);
    }
  }
}

// "$2649\,[2401, 2790]$"
static void put_estimate(co_buf *out, const co_estimate *estimate, bool plus) {
  co_buf text = {0};
  if (!isfinite(estimate->value)) {
    co_buf_puts(out, "--");
    return;
  }
  co_put_estimate(&text, estimate, plus);
  static const char minus[] = "\xe2\x88\x92";  // of co_format_number
  co_buf_puts(out, "$");
  for (const char *at = text.data; at && *at; at++) {
    if (strncmp(at, minus, sizeof minus - 1) == 0) {
      co_buf_puts(out, "-");
      at += sizeof minus - 2;
    } else if (*at == ',' && at[1] != ' ') {
      co_buf_puts(out, "{,}");  // of thousands
    } else if (*at == ' ' && at[1] == '[') {
      co_buf_puts(out, "\\,");
    } else {
      co_buf_add(out, at, 1);
    }
  }
  co_buf_puts(out, "$");
  out->failed |= text.failed;
  co_buf_free(&text);
}

// Smaller ones than can be printed without an exponent are told as such.
static void put_p(co_buf *out, double p, bool apart) {
  const double least = 1e-4;
  char number[32];
  if (!isfinite(p)) {
    co_buf_puts(out, "--");
    return;
  }
  snprintf(number, sizeof number, p < least ? "<0.0001" : "%.2g", p);
  co_buf_printf(out, apart ? "$\\mathbf{%s}$" : "$%s$", number);
}

// ---- a table

static void put_row(co_buf *out, const co_report *report, int pair, int strategy) {
  co_estimate final = co_report_metric(report, pair, strategy, "final_iqm");
  co_estimate difference = co_report_metric(report, pair, strategy, "difference_to_scratch");
  if (!isfinite(final.value) && !isfinite(difference.value)) return;
  const co_json *comparison =
      co_json_get(co_report_entry(report, "strategies", pair, strategy), "against_scratch");
  double p = co_report_get(comparison, "p_holm");
  bool apart = co_json_get_bool(comparison, "told_apart", false);
  co_buf_puts(out, "\\texttt{");
  put_text(out, report->strategy[strategy]);
  co_buf_puts(out, "} & ");
  put_estimate(out, &final, false);
  co_buf_puts(out, " & ");
  put_estimate(out, &difference, true);
  co_buf_puts(out, " & ");
  put_p(out, p, apart);
  co_buf_puts(out, " \\\\\n");
}

static void put_caption(co_buf *out, const co_report *report, int pair) {
  const co_report_pair *at = &report->pair[pair];
  int n = co_report_pair_metric(report, pair, "final_iqm").n;
  co_buf_puts(out, "\\caption{");
  put_text(out, co_report_name(report));
  co_buf_puts(out, ": ");
  if (report->sources > 1 && at->source) {
    put_text(out, at->source);
    co_buf_puts(out, " to ");
  }
  put_text(out, at->target);
  co_buf_puts(out, ". Interquartile mean of the final return");
  co_buf_printf(out, " over %d source seeds with its 95\\,\\%% interval%s; ",
                n ? n : co_report_seeds(report), n > 0 && n < 10 ? " (nominal)" : "");
  co_buf_puts(out,
              "$p$ against scratch, after Holm's correction over the study's planned comparisons; "
              "bold below 0.05.}\n");
}

static void put_table(co_buf *out, const co_report *report, int pair) {
  co_buf_puts(out,
              "\\begin{table}\n\\centering\n\\begin{tabular}{lrrr}\n\\toprule\nstrategy & final "
              "return & difference to scratch & $p$ \\\\\n\\midrule\n");
  for (int i = 0; i < report->strategies; i++) put_row(out, report, pair, i);
  co_buf_puts(out, "\\bottomrule\n\\end{tabular}\n");
  put_caption(out, report, pair);
  co_buf_puts(out, "\\end{table}\n\n");
}

// ---- all studies and targets in one table: a row each, a column per strategy

// Names of the strategies of all studies, each once.
typedef struct column_names {
  const char **name;  // (count)
  int count;
} column_names;

static co_status find_columns(const co_report *report, int studies, co_arena *arena,
                              column_names *out) {
  size_t most = 0;
  for (int s = 0; s < studies; s++) most += (size_t)report[s].strategies;
  *out = (column_names){co_arena_alloc(arena, most, sizeof(char *)), 0};
  if (!out->name) return CO_MEMORY;
  for (int s = 0; s < studies; s++) {
    for (int i = 0; i < report[s].strategies; i++) {
      bool known = false;
      for (int k = 0; k < out->count; k++)
        known |= strcmp(out->name[k], report[s].strategy[i]) == 0;
      if (!known) out->name[out->count++] = report[s].strategy[i];
    }
  }
  return CO_OK;
}

static void put_cell(co_buf *out, const co_report *report, int pair, const char *strategy) {
  co_buf_puts(out, " & ");
  for (int i = 0; i < report->strategies; i++) {
    if (strcmp(report->strategy[i], strategy) != 0) continue;
    co_estimate final = co_report_metric(report, pair, i, "final_iqm");
    const co_json *comparison =
        co_json_get(co_report_entry(report, "strategies", pair, i), "against_scratch");
    bool apart = co_json_get_bool(comparison, "told_apart", false);
    if (apart) co_buf_puts(out, "\\boldmath ");
    put_estimate(out, &final, false);
    return;
  }
  co_buf_puts(out, "--");
}

static void put_target_row(co_buf *out, const co_report *report, int pair,
                           const column_names *columns) {
  put_text(out, co_report_name(report));
  co_buf_puts(out, " & ");
  if (report->sources > 1 && report->pair[pair].source) {
    put_text(out, report->pair[pair].source);
    co_buf_puts(out, " to ");
  }
  put_text(out, report->pair[pair].target);
  for (int i = 0; i < columns->count; i++) put_cell(out, report, pair, columns->name[i]);
  co_buf_puts(out, " \\\\\n");
}

static void put_all_targets(co_buf *out, const co_report *report, int studies,
                            const column_names *columns) {
  co_buf_puts(out, "\\begin{table*}\n\\centering\n\\begin{tabular}{ll");
  for (int i = 0; i < columns->count; i++) co_buf_puts(out, "r");
  co_buf_puts(out, "}\n\\toprule\nstudy & target");
  for (int i = 0; i < columns->count; i++) {
    co_buf_puts(out, " & \\texttt{");
    put_text(out, columns->name[i]);
    co_buf_puts(out, "}");
  }
  co_buf_puts(out, " \\\\\n\\midrule\n");
  for (int s = 0; s < studies; s++)
    for (int p = 0; p < report[s].pairs; p++)
      if (!co_report_skipped(&report[s], p)) put_target_row(out, &report[s], p, columns);
  co_buf_puts(
      out,
      "\\bottomrule\n\\end{tabular}\n\\caption{Interquartile mean of the final return with its "
      "95\\,\\% interval; bold: told apart from scratch.}\n\\end{table*}\n\n");
}

// ---- references

// An entry, and the word in a study's text without which it is not used; NULL: always.
typedef struct reference {
  const char *word, *entry;
} reference;

static const reference references[] = {
    {NULL,
     "@inproceedings{agarwal2021deep,\n  title = {Deep Reinforcement Learning at the Edge of the "
     "Statistical Precipice},\n  author = {Agarwal, Rishabh and Schwarzer, Max and Castro, Pablo "
     "Samuel and Courville, Aaron and Bellemare, Marc G.},\n  booktitle = {Advances in Neural "
     "Information Processing Systems},\n  year = {2021},\n  note = {arXiv:2108.13264}\n}\n"},
    {NULL,
     "@article{taylor2009transfer,\n  title = {Transfer Learning for Reinforcement Learning "
     "Domains: A Survey},\n  author = {Taylor, Matthew E. and Stone, Peter},\n  journal = {Journal "
     "of Machine Learning Research},\n  volume = {10},\n  pages = {1633--1685},\n  year = "
     "{2009}\n}\n"},
    {NULL,
     "@inproceedings{todorov2012mujoco,\n  title = {{MuJoCo}: A physics engine for model-based "
     "control},\n  author = {Todorov, Emanuel and Erez, Tom and Tassa, Yuval},\n  booktitle = "
     "{IEEE/RSJ International Conference on Intelligent Robots and Systems},\n  pages = "
     "{5026--5033},\n  year = {2012}\n}\n"},
    {"ppo",
     "@article{schulman2017proximal,\n  title = {Proximal Policy Optimization Algorithms},\n  "
     "author = {Schulman, John and Wolski, Filip and Dhariwal, Prafulla and Radford, Alec and "
     "Klimov, Oleg},\n  journal = {arXiv:1707.06347},\n  year = {2017}\n}\n"},
    {"sac",
     "@article{haarnoja2018applications,\n  title = {Soft Actor-Critic Algorithms and "
     "Applications},\n  author = {Haarnoja, Tuomas and Zhou, Aurick and Hartikainen, Kristian and "
     "Tucker, George and Ha, Sehoon and Tan, Jie and Kumar, Vikash and Zhu, Henry and Gupta, "
     "Abhishek and Abbeel, Pieter and Levine, Sergey},\n  journal = {arXiv:1812.05905},\n  year = "
     "{2018}\n}\n"},
    {"l2sp",
     "@inproceedings{li2018explicit,\n  title = {Explicit Inductive Bias for Transfer Learning "
     "with Convolutional Networks},\n  author = {Li, Xuhong and Grandvalet, Yves and Davoine, "
     "Franck},\n  booktitle = {International Conference on Machine Learning},\n  year = {2018},\n  "
     "note = {arXiv:1802.01483}\n}\n"},
    {"l2init",
     "@article{kumar2023maintaining,\n  title = {Maintaining Plasticity in Continual Learning via "
     "Regenerative Regularization},\n  author = {Kumar, Saurabh and Marklund, Henrik and Van Roy, "
     "Benjamin},\n  journal = {arXiv:2308.11958},\n  year = {2023}\n}\n"},
    {"shrink",
     "@inproceedings{ash2020warm,\n  title = {On Warm-Starting Neural Network Training},\n  author "
     "= "
     "{Ash, Jordan T. and Adams, Ryan P.},\n  booktitle = {Advances in Neural Information "
     "Processing "
     "Systems},\n  year = {2020},\n  note = {arXiv:1910.08475}\n}\n"},
    {"redo",
     "@inproceedings{sokar2023dormant,\n  title = {The Dormant Neuron Phenomenon in Deep "
     "Reinforcement "
     "Learning},\n  author = {Sokar, Ghada and Agarwal, Rishabh and Castro, Pablo Samuel and Evci, "
     "Utku},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  "
     "note = "
     "{arXiv:2302.12902}\n}\n"},
    {"rollout_warmup",
     "@article{zhou2024efficient,\n  title = {Efficient Online Reinforcement Learning Fine-Tuning "
     "Need Not Retain Offline Data},\n  author = {Zhou, Zhiyuan and Peng, Andy and Li, Qiyang and "
     "Levine, Sergey and Kumar, Aviral},\n  journal = {arXiv:2412.07762},\n  year = {2024}\n}\n"},
    {"unfreeze",
     "@inproceedings{howard2018universal,\n  title = {Universal Language Model Fine-tuning for "
     "Text "
     "Classification},\n  author = {Howard, Jeremy and Ruder, Sebastian},\n  booktitle = {Annual "
     "Meeting of the Association for Computational Linguistics},\n  year = {2018},\n  note = "
     "{arXiv:1801.06146}\n}\n"},
    {"lora",
     "@article{hu2021lora,\n  title = {{LoRA}: Low-Rank Adaptation of Large Language Models},\n  "
     "author = {Hu, Edward J. and Shen, Yelong and Wallis, Phillip and Allen-Zhu, Zeyuan and Li, "
     "Yuanzhi and Wang, Shean and Wang, Lu and Chen, Weizhu},\n  journal = {arXiv:2106.09685},\n  "
     "year = {2021}\n}\n"},
    {"hold",
     "@inproceedings{mallya2018packnet,\n  title = {{PackNet}: Adding Multiple Tasks to a Single "
     "Network by Iterative Pruning},\n  author = {Mallya, Arun and Lazebnik, Svetlana},\n  "
     "booktitle = {IEEE Conference on Computer Vision and Pattern Recognition},\n  year = "
     "{2018},\n  note = {arXiv:1711.05769}\n}\n"},
    {"lstm",
     "@article{hochreiter1997long,\n  title = {Long Short-Term Memory},\n  author = {Hochreiter, "
     "Sepp and Schmidhuber, Jurgen},\n  journal = {Neural Computation},\n  volume = {9},\n  number "
     "= "
     "{8},\n  pages = {1735--1780},\n  year = {1997}\n}\n"},
    {"gru",
     "@inproceedings{cho2014learning,\n  title = {Learning Phrase Representations using {RNN} "
     "Encoder-Decoder for Statistical Machine Translation},\n  author = {Cho, Kyunghyun and van "
     "Merrienboer, Bart and Gulcehre, Caglar and Bahdanau, Dzmitry and Bougares, Fethi and "
     "Schwenk, "
     "Holger and Bengio, Yoshua},\n  booktitle = {Conference on Empirical Methods in Natural "
     "Language "
     "Processing},\n  year = {2014},\n  note = {arXiv:1406.1078}\n}\n"},
    {"residual",
     "@article{silver2018residual,\n  title = {Residual Policy Learning},\n  author = {Silver, Tom "
     "and Allen, Kelsey and Tenenbaum, Josh and Kaelbling, Leslie},\n  journal = "
     "{arXiv:1812.06298},\n  year = {2018}\n}\n"},
    {"data_share",
     "@inproceedings{ball2023efficient,\n  title = {Efficient Online Reinforcement Learning with "
     "Offline Data},\n  author = {Ball, Philip J. and Smith, Laura and Kostrikov, Ilya and Levine, "
     "Sergey},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023},\n  "
     "note = {arXiv:2302.02948}\n}\n"},
    {"source_env",
     "@inproceedings{lyu2024odrl,\n  title = {{ODRL}: A Benchmark for Off-Dynamics Reinforcement "
     "Learning},\n  author = {Lyu, Jiafei and Xu, Kang and Xu, Jiacheng and Yan, Mengbei and Yang, "
     "Jing-Wen and Zhang, Zongzhang and Bai, Chenjia and Lu, Zongqing and Li, Xiu},\n  booktitle = "
     "{Advances in Neural Information Processing Systems, Datasets and Benchmarks},\n  year = "
     "{2024},\n  note = {arXiv:2410.20750}\n}\n"},
    {"kl_to_source",
     "@article{schmitt2018kickstarting,\n  title = {Kickstarting Deep Reinforcement Learning},\n  "
     "author = {Schmitt, Simon and Hudson, Jonathan J. and Zidek, Augustin and Osindero, Simon and "
     "Doersch, Carl and Czarnecki, Wojciech M. and Leibo, Joel Z. and Kuttler, Heinrich and "
     "Zisserman, Andrew and Simonyan, Karen and Eslami, S. M. Ali},\n  journal = "
     "{arXiv:1803.03835},\n  year = {2018}\n}\n"},
};
enum { REFERENCES = sizeof references / sizeof *references };

static bool is_part_of_word(char c) {
  return isalnum((unsigned char)c) || c == '_';
}

// Whether the text has it as a whole word.
static bool says(const char *text, const char *word) {
  size_t size = strlen(word);
  for (const char *at = text; at && (at = strstr(at, word)); at += size)
    if ((at == text || !is_part_of_word(at[-1])) && !is_part_of_word(at[size])) return true;
  return false;
}

// What built-in strategies are made of, which the study's text names only.
static const struct {
  const char *strategy, *word;
} made_of[] = {{"shrink_perturb", "shrink"},  {"gradual", "unfreeze"},
               {"layer_rates", "unfreeze"},   {"masked", "hold"},
               {"kickstart", "kl_to_source"}, {"cotrain", "source_env"}};

static bool has_strategy(const co_report *report, const char *name) {
  for (int i = 0; i < report->strategies; i++)
    if (strcmp(report->strategy[i], name) == 0) return true;
  return false;
}

// The study's own text, its strategies, and the algorithms that they are trained by.
static bool uses(const co_report *report, const char *word) {
  if (!word || says(co_json_get_string(report->results, "config"), word)) return true;
  if (has_strategy(report, word)) return true;
  for (size_t i = 0; i < sizeof made_of / sizeof *made_of; i++)
    if (strcmp(word, made_of[i].word) == 0 && has_strategy(report, made_of[i].strategy))
      return true;
  const co_json *strategies = co_json_get(report->results, "strategies");
  for (size_t i = 0; co_json_is_array(strategies) && i < co_json_count(strategies); i++) {
    const char *algorithm = co_json_get_string(co_json_at(strategies, i), "algorithm");
    if (algorithm && strcmp(algorithm, word) == 0) return true;
  }
  return false;
}

static void put_references(co_buf *out, const co_report *report, bool *put) {
  for (int i = 0; i < REFERENCES; i++) {
    if (put[i] || !uses(report, references[i].word)) continue;
    put[i] = true;
    co_buf_printf(out, "%s\n", references[i].entry);
  }
}

static int count_targets(const co_report *report, int studies) {
  int count = 0;
  for (int s = 0; s < studies; s++)
    for (int p = 0; p < report[s].pairs; p++) count += !co_report_skipped(&report[s], p);
  return count;
}

static co_status put_studies(const co_report *report, int studies, co_arena *arena, co_buf *tables,
                             co_buf *bib) {
  bool put[REFERENCES] = {false};
  column_names columns;
  CO_TRY(find_columns(report, studies, arena, &columns));
  if (count_targets(report, studies) > 1) put_all_targets(tables, report, studies, &columns);
  for (int s = 0; s < studies; s++) {
    for (int p = 0; p < report[s].pairs; p++)
      if (!co_report_skipped(&report[s], p)) put_table(tables, &report[s], p);
    put_references(bib, &report[s], put);
  }
  CO_TRY(co_buf_status(tables));
  return co_buf_status(bib);
}

co_status co_report_latex(const co_json *const *results, int studies, co_buf *tables, co_buf *bib) {
  co_arena arena = {0};
  co_report *report;
  co_status status = co_reports_open(results, studies, &arena, &report);
  if (status == CO_OK) status = put_studies(report, studies, &arena, tables, bib);
  co_reports_close(report, studies);
  co_arena_free(&arena);
  return status;
}
