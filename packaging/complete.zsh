# What zsh makes of a beginning when Tab is pressed: zsh -f complete.zsh DIRECTORY-OF-COMPLETIONS BEGINNING
# A terminal of its own: completion works nowhere else.
zmodload zsh/zpty
zpty terminal zsh -f -i
# The words that are waited for are put together there, so that the echo of this is not taken for them.
zpty -w terminal "PS1=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D
  show() { print -r -- \"<\$BUFFER>\" }; zle -N show; bindkey '^T' show
  ready() { print -r -- \"at-\"prompt }; zle -N zle-line-init ready"
zpty -r -m terminal output "*at-prompt*"
zpty -w -n terminal "$2"$'\t\x14'
zpty -r -m terminal output "*<$2*>*"
print -r -- "$output"
