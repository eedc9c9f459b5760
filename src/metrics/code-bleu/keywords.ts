/**
 * @file Keywords that weigh more in CodeBLEU's weighted n-gram match. The reference has lists for java,
 * c_sharp and python: those words exactly, so Java's lacks `true` and C#'s has contextual ones. The
 * others are each language's reserved words.
 */

function words(line: string): ReadonlySet<string> {
  return new Set(line.split(" "));
}

const c =
  "auto break case char const continue default do double else enum extern float for goto if inline " +
  "int long register restrict return short signed sizeof static struct switch typedef union " +
  "unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary " +
  "_Noreturn _Static_assert _Thread_local";

const javascript =
  "await break case catch class const continue debugger default delete do else enum export extends " +
  "false finally for function if import in instanceof let new null return static super switch this " +
  "throw true try typeof var void while with yield";

/** Keywords by language. */
export const keywords = {
  java: words(
    "abstract assert boolean break byte case catch char class const continue default do double else " +
      "enum extends final finally float for goto if implements import instanceof int interface long " +
      "native new package private protected public return short static strictfp super switch " +
      "synchronized this throw throws transient try void volatile while",
  ),
  csharp: words(
    "abstract as base bool break byte case catch char checked class const continue decimal default " +
      "delegate do double else enum event explicit extern false finally fixed float for foreach goto " +
      "if implicit in int interface internal is lock long namespace new null object operator out " +
      "override params private protected public readonly ref return sbyte sealed short sizeof " +
      "stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe " +
      "ushort using virtual void volatile while add alias ascending async await by descending " +
      "dynamic equals from get global group into join let nameof notnull on orderby partial remove " +
      "select set unmanaged value var when where yield",
  ),
  python: words(
    "False None True and as assert async await break class continue def del elif else except finally " +
      "for from global if import in is lambda nonlocal not or pass raise return try while with yield",
  ),
  go: words(
    "break case chan const continue default defer else fallthrough for func go goto if import " +
      "interface map package range return select struct switch type var",
  ),
  php: words(
    "abstract and array as break callable case catch class clone const continue declare default die " +
      "do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile eval exit " +
      "extends final finally fn for foreach function global goto if implements include include_once " +
      "instanceof insteadof interface isset list match namespace new or print private protected " +
      "public readonly require require_once return static switch throw trait try unset use var while " +
      "xor yield",
  ),
  javascript: words(javascript),
  typescript: words(
    `${javascript} abstract any as asserts bigint boolean constructor declare get implements infer ` +
      "interface is keyof module namespace never number object private protected public readonly " +
      "require set string symbol type undefined unique unknown from of",
  ),
  ruby: words(
    "BEGIN END __ENCODING__ __FILE__ __LINE__ alias and begin break case class def defined? do else " +
      "elsif end ensure false for if in module next nil not or redo rescue retry return self super " +
      "then true undef unless until when while yield",
  ),
  c: words(c),
  cpp: words(
    `${c} alignas alignof and and_eq asm bitand bitor bool catch char8_t char16_t char32_t class ` +
      "co_await co_return co_yield compl concept consteval constexpr constinit const_cast decltype " +
      "delete dynamic_cast explicit export false friend mutable namespace new noexcept not not_eq " +
      "nullptr operator or or_eq private protected public reinterpret_cast requires static_assert " +
      "static_cast template this thread_local throw true try typeid typename using virtual wchar_t " +
      "xor xor_eq",
  ),
  rust: words(
    "Self abstract as async await become box break const continue crate do dyn else enum extern false " +
      "final fn for if impl in let loop macro match mod move mut override priv pub ref return self " +
      "static struct super trait true try type typeof union unsafe unsized use virtual where while " +
      "yield",
  ),
} as const satisfies Record<string, ReadonlySet<string>>;

/** The languages CodeBLEU is defined for here, by the names labelled samples use. */
export type CodeBleuLanguage = keyof typeof keywords;
