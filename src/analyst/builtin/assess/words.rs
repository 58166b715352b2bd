//! Words by which replies are read, as patterns; and the stems of the words that carry meaning.

use std::sync::LazyLock;

use regex::Regex;
use rust_stemmers::{Algorithm, Stemmer};

/// A pattern over the words of a reply.
pub(super) struct Words(LazyLock<Option<Regex>>);

impl Words {
    /// Whether it is anywhere in the text.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|r| r.is_match(text))
    }

    /// The first group that took part in the first match.
    pub(super) fn captured<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.0.as_ref()?.captures(text)?;
        found.iter().skip(1).flatten().next().map(|m| m.as_str())
    }

    /// The first match, and what follows it.
    pub(super) fn split<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let found = self.0.as_ref()?.find(text)?;
        Some((found.as_str(), text.get(found.end()..)?))
    }

    /// How often it is in the text.
    pub(super) fn count_in(&self, text: &str) -> usize {
        self.0.as_ref().map_or(0, |r| r.find_iter(text).count())
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $regex:expr;)*) => {
        $($(#[$doc])* pub(super) static $name: Words = Words(LazyLock::new(|| Regex::new(concat!("(?ix)", $regex)).ok()));)*

        #[cfg(test)]
        #[test]
        fn every_pattern_is_one() {
            $(assert!($name.0.is_some(), stringify!($name));)*
        }
    };
}

words! {
    /// Politeness in front of an answer, or instead of one.
    PLEASANTRY = r"^[^\w@]*(?:
        (?:thanks?(?:\ you)?(?:\ (?:so\ much|a\ lot|very\ much|for\ (?:asking|(?:the|your)\ (?:question|review|ping|reminder|comment))))?
            |thx|tysm|ty|cheers|merci(?:\ beaucoup)?|(?:vielen\ )?dank|danke(?:\ (?:schön|dir|euch|ihnen))?|gute\ frage|bonne\ question|(?:muchas\ )?gracias|buena\ pregunta|hallo|bonjour|salut|hola|verstanden|compris|entendido|vale|hi(?:\ (?:all|there|team))?|hello|hey|(?:very\ )?(?:good|nice|great|fair|excellent)\ (?:point|question|catch|one|idea|enough)
            |(?:that\ is|that's|it's)\ an?\ (?:very\ )?(?:good|nice|great|fair|excellent)\ (?:point|question|catch)
            |interesting\ question|ok(?:ay|i)?|ack(?:nowledged)?|oh|ah|hmm*|lgtm|see\ (?:you|ya)(?:\ all)?(?:\ (?:at|in|on|after)\ (?:the\ )?[\w-]+|\ later|\ soon|\ then|\ tomorrow)?|bump|no\ worries|np|got\ it|i\ see|makes\ sense|understood
            |sorry\ for\ (?:the\ (?:late\ (?:reply|answer)|delay|confusion)|being\ late)|apologies|hope\ (?:this|that|it)\ helps|\+1)\b
        |(?:great|nice|cool|perfect|awesome|interesting|well|so|noted)\s*(?:[,.!:;–—]+|$)
        )[\s,.!:;–—👍🙂🙏-]*";
    /// Somebody will come back to it.
    WAITING = r"^\W*(?:
        (?:i'?ll|we'?ll|i\ will|we\ will|will|let\ me|let\ us|need\ to|i\ need\ to|have\ to|gonna)\ (?:
            (?:do|answer|reply|get\ back|think|follow\ up|come\ back|find\ out|look\ (?:into|at)|look|(?:have|take)\ a\ (?:\w+\ )?look|investigate)\b
            |(?:double-?\ ?)?check(?:\ (?:it|this|that|and|with|the\ code|tomorrow|later|on|internally)\b|\W*$))
        |(?:looking|checking|investigating|thinking)\b|on\ it\b|(?:one|a)\ (?:moment|sec)\b|brb\b|(?:ich|wir)\ (?:schaue[n]?|sehe[n]?|prüfe[n]?|kläre[n]?|frage[n]?|melde[n]?)\b(?:\ (?:das|es|mal|nach|noch|mich|uns))*\W*$|je\ (?:vérifie|regarde|demande)\b|(?:lo\ )?(?:reviso|consulto|averiguo)\b
        |(?:give|need)\ (?:me\ )?(?:a|some|until)\ (?:day|moment|time|bit|tomorrow)\b)";
    /// It is not a question here.
    NOT_APPLICABLE = r"^\W*(?:(?:this|that|it|the\ question|das|die\ frage|ce|cela|ça|esto|eso)\ )?(?:is\ |ist\ |est\ |n'est\ |c'est\ |ce\ n'est\ )?(?:hier\ |aquí\ |ici\ )?
        (?:not\ applicable|n\.?/?a\.?|does(?:n'?t|\ not)\ apply|not\ relevant|irrelevant|nicht\ (?:zutreffend|relevant|anwendbar)|(?:trifft|gilt)\ (?:hier\ |(?:bei|für)\ uns\ )?nicht(?:\ zu)?|spielt\ (?:hier\ |bei\ uns\ )?keine\ rolle|entfällt
            |sans\ objet|(?:pas|non)\ (?:applicable|pertinent)|ne\ s'applique\ pas|hors\ sujet|no\ (?:se\ )?(?:aplica|procede)|no\ es\ (?:aplicable|relevante)
            |does(?:n'?t|\ not)\ matter|(?:can(?:'t|not)|could(?:n'?t|\ not))\ happen)
        (?:\ (?:here|hier|ici|aquí|bei\ uns|für\ uns|chez\ nous|(?:en\ )?este\ caso|to\ (?:us|this)(?:\ \w+)?|for\ (?:us|this(?:\ \w+)?|now|our\ \w+)|at\ all))?
        \s*(?:[.,;:!(–—-]|$|\b(?:because|since|as|cause|bc|b/c|weil|denn|car|parce|porque|puesto)\b)";
    /// Nobody here knows.
    DONT_KNOW = r"\b(?:i|we)\ (?:\w+\ )?(?:don'?t|do\ not|have\ no)\ (?:\w+\ )?(?:know|idea|clue)\b|\b(?:nobody|no\ one|noone)\ (?:\w+\ )?knows\b
        |^\W*(?:don'?t|do\ not)\ (?:really\ )?know\b|\b(?:no\ (?:idea|clue)|dunno|idk)\b|^\W*(?:unknown|unclear|open|open\ (?:question|point))\W*$
        |\b(?:undecided|tbd|tba|tbc|to\ be\ (?:decided|determined|defined|discussed))\b
        |\b(?:not|isn'?t|hasn'?t|haven'?t|havent|wasn'?t)\ (?:yet\ |been\ |really\ |finally\ |\w+\ )?(?:decided|defined|discussed|settled)\b
        |\b(?:no\ decision|not\ sure\ (?:yet|about)|can'?t\ say)\b|^\W*(?:i'?m\ |we'?re\ )?not\ (?:really\ |quite\ )?sure\W*$
        |\bkeine\ ahnung\b|\bwei(?:ß|ss)\ (?:ich\ |noch\ )?nicht\b|\bnoch\ (?:offen|nicht\ entschieden)\b|\b(?:wissen|weiß)\ (?:wir|ich)\ (?:noch\ |leider\ )?nicht\b|\b(?:wir|ich)\ (?:wissen|weiß)\ (?:es\ |das\ )?(?:noch\ |leider\ )?nicht\b|\bsteht\ noch\ nicht\ fest\b|\bunklar\b|\bsais\ pas\b|\bsait\ pas\b|à\ (?:définir|décider)\b|\bno\ (?:lo\ )?(?:sé|sabemos|se\ sabe)\b|^\W*no\ (?:lo\ )?se\W*$|\bni\ idea\b|\b(?:sin|por)\ decidir\b|\b(?:aún|todavía)\ no\ (?:está\ |se\ ha\ )?decidido\b|\baucune\ idée\b|\bpas\ (?:encore\ )?décidé\b";
    /// Somebody else knows: a login.
    ASK_LOGIN = r"(?:\bask|\bcc|\bping|\bmaybe|\bperhaps|\bcheck\ with|\btalk\ to|\bfor|\basking)\ @([a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]+)?)
        |@([a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]+)?)\ (?:knows?|would\ know|(?:may|might|should|will)\ know|can\ (?:say|answer|tell)|owns)\b";
    /// Somebody else knows: a team or a name.
    ASK_TEAM = r"\b(?:the\ )?([\w-]+(?:\ [\w-]+)?\ (?:team|folks|people|guys|squad|group))\ (?:knows?|(?:would|may|might|should|will)\ know|can\ (?:say|answer|tell)|has\ to\ (?:say|decide)|decides?)\b
        |^\W*(?:please\ |pls\ |better\ |best\ |i'd\ |i\ would\ |(?:you\ )?(?:should|could|need\ to|have\ to|must)\ )?
            (?:ask|check\ with|talk\ to|ping|cc|(?:that(?:'s|\ is)\ )?(?:a\ |one\ )?question\ for|that(?:'s|\ is)\ (?:one\ )?for|defer\ to)\ (?:the\ )?([\w-]+(?:\ (?:[\w-]+\ )?(?:team|folks|people|guys|squad|group))?)\s*(?:$|[.,;!]|\b(?:about|they|who|he|she|please|pls)\b)
        |^\W*(?:the\ )?([\w-]+(?:\ team)?)\ (?:knows?|(?:would|may|might|should|will)\ know|can\ (?:say|answer|tell))(?:\ (?:that|this|it|more|better|best|the\ answer))*\W*$
        |\b(?:frag(?:t|en\ sie)?|das\ (?:weiß|wissen))\ (?:bitte\ |nur\ )?(?:das\ |die\ |den\ |der\ )?@?([\w-]+(?:[\ -]team)?)\W*$
        |\b(?:demande[zr]?|voyez)\ (?:à|avec)\ (?:l'équipe\ )?(?:le\ |la\ |les\ )?@?([\w-]+)\W*$|^\W*l'équipe\ ([\w-]+)\ (?:le\ )?sait\W*$
        |\b(?:pregunt(?:a|e|ad|en)(?:le)?)\ (?:a|al)\ (?:equipo\ (?:de\ )?)?@?([\w-]+)\W*$|^\W*el\ equipo\ (?:de\ )?([\w-]+)\ lo\ sabe\W*$";
    /// What makes a name one of a team, and is no part of it.
    TEAM = r"[\ -](?:team|folks|people|guys|squad|group)$";
    /// Begins a reason.
    REASON = r"\b(?:because|since|cause|bc|b/c|weil|denn|car|parce\ que|porque|puesto\ que)\b";
    /// Would be told, but not where everybody reads it.
    PRIVATE = r"\b(?:can(?:'t|not|\ not)|could\ not|couldn'?t|won'?t|(?:am|are|is|'m|'re)\ not\ (?:allowed|able|supposed)\ to|may\ not|must\ not|don'?t\ want\ to|(?:would\ |'d\ )?(?:rather|prefer)\ (?:not(?:\ to)?|to\ not))\ (?:really\ )?(?:say|share|tell|post|disclose|discuss|answer|write|go\ into|talk\ about|give|put)\b[^.?!]{0,40}\b(?:here|in\ public|publicly|on\ github|in\ (?:this|a)\ (?:thread|comment|pr|public\ \w+)|openly)\b
        |^\W*(?:sorry\W+)?(?:not\ (?:here|in\ (?:the\ )?(?:public|open)|publicly)|(?:i'?d\ |i\ would\ )?rather\ not\ (?:say|share|tell)\b[^.?!]{0,30}|in\ private|privately)\W*$
        |^\W*(?:sorry\W+)?(?:(?:that(?:'s|\ is)|this\ is|it(?:'s|\ is)|details?\ (?:is|are))\ )?(?:strictly\ |company\ |highly\ )?confidential\b(?:(?:\W+(?:sorry|unfortunately|i'?m\ afraid))?\W*$|\ (?:information|info|here)\W*$|[^.?!]{0,40}\b(?:here|public\w*|github|dm|private\w*)\b)
        |\b(?:is|are|it's|that's|this\ is|i'?m|we'?re|info\ is)\ (?:all\ )?(?:under|covered\ by)\ (?:an?\ )?(?:nda|non-disclosure)\b|^\W*(?:under\ )?(?:an?\ )?nda\W*$
        |\b(?:can|could|may|shall|should|let)\ (?:i|we|me|us)\ (?:(?:send|tell)\ (?:it\ |this\ |that\ )?(?:to\ )?you\ (?:in\ private|privately|by\ (?:mail|e-?mail|dm|chat)|offline)|dm|pm|e-?mail|mail|message|call|ping|slack)\b
        |\b(?:i'?ll|we'?ll|i\ will|we\ will|let\ me|happy\ to|i\ can)\ (?:dm|pm|e-?mail|mail|slack)\ (?:you|it|this|that)\b
        |\b(?:take|discuss|talk\ about|handle|do|move)\ (?:this|it|that)\ (?:\w+\ )?(?:offline|privately|in\ private|elsewhere|off(?:\ |-)?(?:github|thread)|in\ (?:a\ )?(?:dm|call|chat))\b|\b(?:not|nothing)\ (?:for|in)\ (?:a\ |the\ )?public\b
        |\bnicht\ (?:hier|öffentlich|in\ der\ öffentlichkeit)\ (?:sagen|schreiben|teilen|besprechen)\b|\b(?:hier|öffentlich)\ nicht\ (?:sagen|schreiben|teilen|besprechen)\b|^\W*(?:(?:das|es)\ ist\ )?(?:streng\ )?vertraulich\W*$|\bunter\ vier\ augen\b|\bper\ (?:mail|dm)\ (?:schicken|sagen|klären)\b
        |\bpas\ (?:le\ |en\ )?(?:dire|parler|partager|écrire)\ (?:ici|publiquement|en\ public)\b|^\W*(?:c'est\ )?confidentiel\W*$|\ben\ privé\b|\bpas\ en\ public\b
        |\bno\ (?:lo\ )?(?:puedo|podemos|quiero)\ (?:decir(?:lo)?|compartir(?:lo)?|contar(?:lo)?)\ (?:aquí|en\ público|públicamente)\b|^\W*(?:(?:eso\ )?es\ )?confidencial\W*$|\ben\ privado\b";
    /// Mentions alone, with words that hand over.
    HANDED_OVER = r"^\W*(?:@([a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]+)?)\W*|(?:and|or|can|could|would|you|do|know|answer|this|that|it|please|pls|help|wdyt|thoughts|any|idea|over|to|yours|for|is|one|here|take|what|think|perhaps|maybe|cc|with|confirm)\b\W*)+$";
    /// A mention.
    MENTION = r"@([a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]+)?)";
    /// Asks back why, or what is meant.
    ASKS_BACK = r"^\W*(?:(?:and|but|so|also|sorry)\W+)*(?:why\b|how\ come\b|what\ do\ you\ mean|what\ does\ (?:that|this|it|\W)|what\ is\ (?:the\ (?:risk|problem|concern|threat|issue)|meant)|what's\ (?:the\ (?:risk|problem|concern|threat|issue|point)|meant)
        |(?:can|could|would)\ you\ (?:please\ )?(?:explain|clarify|elaborate|rephrase)|how\ (?:is|does)\ (?:that|this|it)\ (?:relevant|matter|related)|(?:i\ )?(?:don'?t|do\ not)\ (?:really\ )?(?:understand|get)\ (?:the\ |this\ |your\ )?(?:question|it|this|what)|not\ sure\ (?:i\ understand|what\ you\ (?:mean|ask))
        |warum\b|wieso\b|weshalb\b|wozu\b|inwiefern\b|pourquoi\b|was\ (?:meinst|meinen|heißt|bedeutet|ist\ das\ (?:risiko|problem))|que\ voulez|qu'est-ce|en\ quoi\b|por\ qu[ée]\b|para\ qué\b|qué\ (?:quiere|significa|riesgo))";
    /// Unsure.
    HEDGE = r"\b(?:probably|prob|prolly|maybe|perhaps|possibly|presumably|should|shoud|i\ guess|i\ suppose|i\ assume|hopefully|likely|might|not\ (?:\d+%\ |entirely\ |totally\ |quite\ |so\ |completely\ )?sure|unsure|kind\ of|sort\ of|or\ something|wahrscheinlich|vermutlich|vielleicht|wohl|eventuell|peut-être|sans\ doute|probablement|sûrement|quizás?|tal\ vez|a\ lo\ mejor|probablemente|supongo)\b|\?\s*$";
    /// Unsure in a polite way only: enough to doubt a safe answer, not an unsafe one.
    SOFT_HEDGE = r"\b(?:i\ think|i\ believe|i'?d\ say|afaik|iirc|imo|imho|as\ far\ as\ i\ know|if\ i\ remember|ich\ (?:glaube|denke)|soweit\ ich\ weiß|je\ crois|je\ pense|creo|me\ parece)\b";
    /// Nothing but a vague word.
    VAGUE = r"^\W*(?:(?:it|this|that|we|they|yes|no|well)\W+)*(?:(?:probably|maybe|perhaps|should(?:\ (?:be\ (?:fine|ok(?:ay)?|good|safe|secure)|work))?|(?:it\ |that\ )?depends(?:\ on\ [\w\ ]{1,30})?|(?:i\ )?(?:think|guess|hope|believe)\ so|kind\ of|sort\ of|somewhat|presumably|hopefully|possibly|as\ usual|the\ usual|normal(?:ly)?|standard|not\ really|more\ or\ less|fine|safe|secure|it'?s\ (?:fine|ok(?:ay)?|safe|secure)|looks\ fine|no\ (?:problem|issue)s?|don'?t\ worry|a\ while|some\ time|not\ (?:too\ )?long|long\ enough|reasonable|short(?:ly)?|yet|later|soon|we\ are\ careful|vielleicht|wahrscheinlich|vermutlich|eventuell|(?:es\ )?kommt\ (?:ganz\ )?darauf\ an|peut-être|probablement|ça\ dépend|quizás?|tal\ vez|probablemente|depende)\W*)+$";
    /// Words of which the reach is not said.
    LOOSE_TERM = r"\b((?:authenticated|authorized|authorised|trusted|internal|privileged|valid|registered|legitimate)\ (?:users?|people|clients?|services?|callers?|systems?|staff))\b";
    /// Reach named by a place only.
    INTERNAL_ONLY = r"^\W*(?:it(?:'s|\ is)\ |just\ |only\ )*(internal(?:\ (?:only|use|use\ only|network))?|internally|intern)\b[^.]{0,12}$";
    /// Points somewhere else, or puts it aside.
    POINTER = r"^\W*(?:(?:please\ )?(?:see|cf\.?|as)\b[^,;]{0,60}\b(?:above|below|doc(?:ument)?s?|section|description|line|page|readme|wiki|spec|thread)\b|see\ (?:https?:|\#|§)|same\ as\ (?:above|before|the\ other|q\d+)|already\ (?:answered|in\ the\ doc(?:ument)?)|(?:it'?s\ |that'?s\ )?(?:in|described\ in|covered\ in|answered\ in)\ (?:the\ )?(?:doc(?:ument)?|description|spec|text)|(?:this\ is\ |it'?s\ |that'?s\ )?out\ of\ scope|(?:i(?:'ve|\ have)?\ )?(?:updated|changed|fixed|clarified|added(?:\ it)?\ to)\ (?:it|this|that|the\ doc(?:ument)?|the\ text)?|https?://\S+)[^,;]{0,30}$|^\W*(?:fixed|updated|done)\W*$";
    /// None of the offered answers.
    NEITHER = r"^\W*(?:neither|none\ of\ (?:these|those|them|the\ above|that)|something\ else|other|else|weder\ noch|keine?s?\ davon|etwas\ anderes|aucune?|autre\ chose|ningun[oa]|otra\ cosa)\b(?:\ (?:of\ (?:these|them|those)|one))?\W*";
    /// Leading words that correct what was said before.
    CORRECTS = r"^\W*(?:(?:sorry|actually|(?:correction|edit|update|korrektur)\s*:|scratch\ (?:that|this)|ignore\ (?:that|this|my\ (?:last|previous)\ \w+)|wait\s*[,.!:–—-]|oops|my\ (?:mistake|bad)|i\ was\ wrong|that\ was\ wrong|strike\ that|nvm|never\ ?mind|i\ meant|i\ mean|rather|pardon)[\s,.:;!–—-]+|(?:sorry|oops|scratch\ that|never\ ?mind|nvm|my\ (?:mistake|bad)|i\ was\ wrong|that\ was\ wrong)\W*$)+";
    /// Takes back what was said before, without another answer.
    RETRACTS = r"\b(?:scratch|strike|ignore|wrong|nvm|never\ ?mind|mistake|oops)\b";
    /// Says that somebody else's answer is wrong.
    DISPUTES = r"^\W*(?:(?:no|hm+|sorry|wait|i)\W+)*(?:disagree|that(?:'s|\ is)\ (?:wrong|incorrect|not\ (?:right|true|correct|accurate|how))|not\ (?:true|correct|right|quite)|wrong|incorrect|stimmt\ nicht)\b";
    /// Agrees with what somebody else said.
    AGREES = r"^\W*(?:(?:yes|yep|yeah)\W+)?(?:agree(?:d)?|same|this|correct|right|exactly|true|indeed|confirmed|what\ (?:he|she|they)\ said|stimmt|genau|einverstanden|d'accord|exact|de\ acuerdo)\b\W*$";
    /// Yes, leading.
    YES = r"^\W*(?:yes|yess+|yep|yeah|yup|yea|ya|y|sure|correct|right|exactly|indeed|absolutely|definitely|of\ course|true|affirmative|ja|jawohl|klar|genau|natürlich|selbstverständlich|richtig|stimmt|oui|si|sí|ouais|bien\ sûr|exactement|tout\ à\ fait|claro(?:\ que\ sí)?|exacto|correcto|por\ supuesto)\b[\s,.;:!–—👍-]*";
    /// No, leading.
    NO = r"^\W*(?:no|nope|nah|nop|n|nein|nö|ne|keineswegs|auf\ keinen\ fall|non|pas\ du\ tout|para\ nada|en\ absoluto|negative|no\ way|certainly\ not|absolutely\ not|of\ course\ not|definitely\ not)\b[\s,.;:!–—👎-]*";
    /// Denials in the rest of a sentence.
    DENIES = r"\b(?:not|nobody|no\ one|noone|nothing|never|nowhere|none|neither|without|cannot|lacks?|hardly|barely|\w+n't|(?:do|does|did|is|are|was|were|ca|wo|would|should|could|have|has|had|must)nt|no|nicht|kein\w*|niemand|nie|ohne|pas|jamais|aucune?|sans|personne|nadie|nunca|ningun[oa]|sin)\b";
    /// Takes a part of an answer back.
    QUALIFIES = r"\b(?:but|except|unless|apart\ from|other\ than|although|though|however|mostly|usually|normally|generally|mainly|typically|sometimes|in\ most\ cases|most\ of\ the\ time|for\ now|so\ far|at\ the\ moment|currently|not\ yet|yet|as\ long\ as|until|if|plus|also|later|eventually|plan(?:ned|s)?|want|todo|going\ to|in\ theory|ideally|in\ (?:prod(?:uction)?|staging|dev)|v2|phase|aber|außer|falls|wenn|meistens|normalerweise|derzeit|bisher|noch\ nicht|sauf|mais|normalement|pour\ l'instant|pero|excepto|salvo|normalmente|por\ ahora)\b";
    /// Too narrow in time or place to be held against the document.
    SCOPED = r"\b(?:default|optional\w*|for\ example|e\.g\.|example|recommended|previously|before|today|currently|for\ now|at\ the\ moment|v\d|version|staging|dev|test(?:s|ing)?|prod(?:uction)?|later|eventually|plan(?:ned)?|would|could|configurable|depends|some(?:times)?|if|unless|except)\b";
    /// An answer that is none.
    NOT_DECIDED = r"^\W*(?:not\ decided|undecided|not\ decided\ yet|no\ leaning\ yet)\W*$";
    /// In favour of the document, once both sides were shown.
    DOCUMENT_RIGHT = r"^\W*(?:(?:the|go\ with|keep)\ )*(?:document|doc|docs|text|first(?:\ one)?|former)(?:'?s)?\b(?:\ (?:is|are|version))*(?:\ (?:right|correct|accurate|wins|true|up\ to\ date))?[^?]{0,60}$
        |^\W*(?:(?:sorry|oops|ok)\W+)*(?:my\ (?:reply|answer|comment)\ (?:is|was)\ wrong|i\ was\ wrong|my\ (?:mistake|bad)|i\ misremembered|i\ stand\ corrected)\b";
    /// In favour of the reply, once both sides were shown.
    REPLY_RIGHT = r"\b(?:doc(?:s|ument)?|text|line|first\ one)(?:'s|\ is|\ was|\ are)?\ (?:\w+\ )?(?:outdated|wrong|stale|old|incorrect|not\ (?:right|correct|up\ to\ date))
        |^\W*(?:(?:the|my|go\ with)\ )*(?:reply|answer|comment|second(?:\ one)?|latter|mine|what\ i\ (?:said|wrote)|i'?m\ right|i\ am\ right)\b
        |\b(?:will|i'?ll|let\ me)\ (?:update|fix|change|correct)\ (?:the\ )?(?:doc|document|text|line|it)\b|^\W*(?:(?:i\ )?(?:applied|committed|accepted)(?:\ the\ suggestion)?)\W*$";
    /// A person's side is taken.
    TAKES_SIDE = r"\b(?:right|correct|agree|with|true|wins|said|knows\ better|'s)\b";
}

/// Words that say nothing about which answer is meant. Denials are counted, not compared.
const SMALL: &str = " the a an it its it's is are was be been and or of to in for on by that this these those we i they he she you \
    only just with so but as at who which what has have had their our them us will can may do does did from one than then \
    there any all each every very really also too not no nobody nothing nowhere none never yes without cannot isn't aren't \
    don't doesn't didn't can't won't other others some get gets got would could if when where how here yet still now own again ";

/// The stems of the words that carry meaning, in order.
pub(super) fn stems(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| word.chars().count() > 1 && !SMALL.split_whitespace().any(|small| small == *word))
        .map(|word| stemmer.stem(word).into_owned())
        .collect()
}
