import type { Shell } from "./shells.ts";

/**
 * The scripts ask `caselink complete` for each completion, so that they stay valid for other versions. What was typed is
 * passed as words and never evaluated. The first line of the response is `files` or `words`.
 */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  // Works with bash 3.2, which macOS has: it has no compopt, and then offers files where caselink knows nothing.
  bash: `# Completion of caselink for bash. In ~/.bashrc:  source <(caselink completion bash)
_caselink_complete() {
  local command="\${COMP_WORDS[0]}" line kind=""
  type -P -- "$command" >/dev/null || command=caselink
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
  done <<<"$("$command" complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)"
  [[ $kind == files ]] && return
  compopt +o default 2>/dev/null
  compopt -o nosort 2>/dev/null
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _caselink_complete caselink
`,
  zsh: `#compdef caselink
# Completion of caselink for zsh. In ~/.zshrc, after compinit:  source <(caselink completion zsh)
_caselink() {
  local command=$words[1] line
  local -a lines spaced unspaced
  whence -p -- "$command" >/dev/null || command=caselink
  lines=("\${(@f)$("$command" complete zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  if [[ $lines[1] == files ]]; then
    compset -P '-*='
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    line="\${\${line//:/\\\\:}/$'\\t'/:}"
    if [[ \${line%%:*} == *= ]]; then unspaced+=("$line"); else spaced+=("$line"); fi
  done
  _describe -V caselink spaced -- unspaced -S ''
}
if [[ $funcstack[1] == _caselink ]]; then _caselink "$@"; else compdef _caselink caselink; fi
`,
  fish: `# Completion of caselink for fish:  caselink completion fish > ~/.config/fish/completions/caselink.fish
function __caselink_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l command $words[1]
    command -q -- $command; or set command caselink
    set -l lines (command $command complete fish -- $words[2..-1] "$current" 2>/dev/null </dev/null)
    if test "$lines[1]" = files
        set -l option (string match -r -- '^-[^=]*=' "$current")
        string replace -r -- '^' "$option" (__fish_complete_path (string replace -r -- '^-[^=]*=' '' "$current"))
    else
        printf '%s\\n' $lines[2..-1]
    end
end
complete -c caselink -f -k -a '(__caselink_complete)'
`,
};

export const scriptFor = (shell: Shell): string => SCRIPTS[shell];
